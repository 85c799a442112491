import fc from 'fast-check'
import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'
import { compressFrameSync } from 'lz4-napi'
import { compressSync } from 'snappy'
import { expect, test } from 'vitest'
import { unpack } from '../../../src/kafka/fetch/compression.ts'
import { lz4UnpacksTo } from '../../../src/kafka/fetch/lz4-length.ts'
import { BatchTooLargeError } from '../../../src/kafka/fetch/record-batch.ts'
import { zstdLength } from '../../../src/kafka/fetch/zstd-length.ts'
import { javaSnappy } from '../../integration/java-snappy.ts'

const { GZIP, LZ4, Snappy, ZSTD } = kafkajs.CompressionTypes

const PACKERS: readonly (readonly [string, number, (bytes: Buffer) => Buffer])[] = [
  ['gzip', GZIP, gzipSync],
  ['zstd', ZSTD, zstdCompressSync],
  ['zstd that says nothing of its length', ZSTD, zstdWithoutLength],
  ['lz4', LZ4, (bytes) => compressFrameSync(bytes)],
  [
    'lz4 with checksums',
    LZ4,
    (bytes) => compressFrameSync(bytes, { blockChecksums: true, contentChecksum: true }),
  ],
  ['snappy', Snappy, compressSync],
  ['snappy of Java', Snappy, javaSnappy],
]

function zstdWithoutLength(bytes: Buffer): Buffer {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } })
}

/** Bytes that compress well in part, of more than one block. */
const content = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.integer({ min: 1, max: 2_000 })), {
    maxLength: 8,
  })
  .map((runs) => Buffer.concat(runs.map(([run, times]) => Buffer.alloc(run.length * times, run))))

test.each(PACKERS)('%s is unpacked up to the limit to the byte, and not beyond', async (_, codec, pack) => {
  await fc.assert(
    fc.asyncProperty(content, async (bytes) => {
      const packed = pack(bytes)
      expect((await unpack(codec, packed, bytes.length)).equals(bytes)).toBe(true)
      if (bytes.length > 1)
        await expect(unpack(codec, packed, bytes.length - 1)).rejects.toThrow(BatchTooLargeError)
    }),
    { numRuns: 30 },
  )
})

test('how long an LZ4 frame unpacks to is counted, whatever it says itself', async () => {
  const frame = compressFrameSync(Buffer.alloc(1_000_000))
  // The bit that says that a size follows, and the size: 1. (The checksum behind it is not looked at.)
  const lying = Buffer.concat([
    frame.subarray(0, 6),
    Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]),
    frame.subarray(6),
  ])
  lying[4] |= 0x08
  expect([lz4UnpacksTo(lying, 999_999), lz4UnpacksTo(lying, 1_000_000)]).toEqual([false, true])
})

test('how long a zstd frame unpacks to is read where it says so', () => {
  for (const length of [0, 1, 255, 256, 257, 65_791, 65_792, 5_000_000]) {
    expect(zstdLength(zstdCompressSync(Buffer.alloc(length, 'report')))).toBe(
      // Of next to nothing there are too few bytes to look at.
      length < 2 ? undefined : length,
    )
    expect(zstdLength(zstdWithoutLength(Buffer.alloc(length)))).toBeUndefined()
  }
  const eight = Buffer.concat([zstdCompressSync(Buffer.alloc(0)).subarray(0, 4), Buffer.alloc(20, 0xc0)])
  expect(zstdLength(eight)).toBe(Number(0xc0c0_c0c0_c0c0_c0c0n))
  expect(zstdLength(Buffer.alloc(100))).toBeUndefined()
})

test.each<[string, number, Buffer]>([
  ['zstd without an end', ZSTD, zstdCompressSync(Buffer.alloc(1_000_000)).subarray(0, 20)],
  ['LZ4 without an end', LZ4, compressFrameSync(Buffer.alloc(1_000_000)).subarray(0, 2_000)],
  ['a length without an end', Snappy, Buffer.alloc(3, 0xff)],
  ['Java’s snappy with a block that is cut off', Snappy, javaSnappy(Buffer.alloc(100)).subarray(0, 21)],
  ['a codec that there is not', 7, Buffer.alloc(10)],
])('%s is unreadable', async (_, codec, packed) => {
  await expect(unpack(codec, packed, 1_000)).rejects.not.toBeInstanceOf(BatchTooLargeError)
})

test('a block of snappy that claims gigabytes is refused before they are taken', async () => {
  const claim = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00])
  await expect(unpack(Snappy, claim, 1_000_000)).rejects.toThrow(BatchTooLargeError)
})
