// Packed bodies: whole or not at all, and never larger than a request may be.
import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { GATEWAY_MAX_BYTES } from '../../../src/contract/gateway.ts'
import { unpacked, type ContentEncoding } from '../../../src/gateway/batch/unpacked.ts'
import { zstdFrames } from '../../../src/gateway/batch/zstd-frames.ts'
import { GatewayRefusal } from '../../../src/gateway/gateway-problem.ts'

const PACK: Readonly<Record<ContentEncoding, (text: Buffer) => Buffer>> = {
  gzip: (text) => gzipSync(text),
  zstd: (text) => zstdCompressSync(text),
}
const TEXT = Buffer.from(Array.from({ length: 2_000 }, (_, n) => `{"line":${n * 7919}}\n`).join(''))

const codeOf = async (body: Buffer, encoding: ContentEncoding): Promise<string> => {
  try {
    await unpacked(body, encoding)
    return 'taken'
  } catch (error) {
    if (error instanceof GatewayRefusal) return error.code
    throw error
  }
}

describe.each(['gzip', 'zstd'] as const)('a body of %s', (encoding) => {
  const pack = PACK[encoding]

  test('is unpacked', async () => {
    expect(await unpacked(pack(TEXT), encoding)).toEqual(TEXT)
  })

  test('in several parts, as a client that flushes makes it, is unpacked as a whole', async () => {
    const parts = [TEXT.subarray(0, 1_000), TEXT.subarray(1_000, 1_001), TEXT.subarray(1_001)]
    expect(await unpacked(Buffer.concat(parts.map(pack)), encoding)).toEqual(TEXT)
  })

  test('that is cut off anywhere, or followed by something else, is refused', async () => {
    const packed = pack(TEXT)
    for (let length = 0; length < packed.length; length += 97)
      expect(await codeOf(packed.subarray(0, length), encoding), String(length)).toBe('malformed')
    expect(await codeOf(Buffer.concat([packed, Buffer.from('garbage')]), encoding)).toBe('malformed')
    expect(await codeOf(TEXT, encoding)).toBe('malformed')
  })

  test('that unpacks to more than a request may have is refused', async () => {
    expect(await codeOf(pack(Buffer.alloc(GATEWAY_MAX_BYTES)), encoding)).toBe('taken')
    expect(await codeOf(pack(Buffer.alloc(GATEWAY_MAX_BYTES + 1)), encoding)).toBe('too-large')
    const half = pack(Buffer.alloc(GATEWAY_MAX_BYTES / 2 + 1))
    expect(await codeOf(Buffer.concat([half, half]), encoding)).toBe('too-large')
  })
})

test('a zstd frame that asks for a window larger than any request is refused', async () => {
  const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_enableLongDistanceMatching]: 1 }
  const long = Buffer.concat([Buffer.alloc(20 << 20, 'abcdefg'), TEXT])
  expect(await codeOf(zstdCompressSync(long, { params }), 'zstd')).toBe('malformed')
})

test('frames of zstd are told apart whatever they hold, and skippable ones are left out', () => {
  const texts = [
    Buffer.alloc(0),
    Buffer.from('a'),
    TEXT,
    Buffer.alloc(300_000, 'ab'),
    Buffer.from(Array.from({ length: 200_000 }, (_, n) => (n * n * 31) & 255)),
  ]
  for (const checksum of [0, 1])
    for (const contentSize of [0, 1]) {
      const params = {
        [constants.ZSTD_c_checksumFlag]: checksum,
        [constants.ZSTD_c_contentSizeFlag]: contentSize,
      }
      const frames = texts.map((text) => zstdCompressSync(text, { params }))
      const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
      expect(zstdFrames(Buffer.concat([skippable, ...frames, skippable]))).toEqual(frames)
    }
  expect(zstdFrames(Buffer.concat(Array.from({ length: 300 }, () => zstdCompressSync('a'))))).toBeUndefined()
})
