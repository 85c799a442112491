import { gzipSync, zstdCompressSync } from 'node:zlib'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { TextInput } from '../../../src/lists/input/text-input.ts'
import { listFile } from '../list-files.ts'
import { zipOf } from './zip-bytes.ts'

const MIB = 2 ** 20
const BOUND = { ratio: 10, freeBytes: 4 * MIB, mostBytes: 64 * MIB }

async function lengthOf(bytes: Buffer, bound = BOUND): Promise<number> {
  let length = 0
  for await (const chunk of new TextInput(listFile(bytes), { bound })) length += chunk.length
  return length
}

const SPACES = Buffer.alloc(16 * MIB, ' ')

describe('a packed file', () => {
  test.each<[string, Buffer]>([
    ['gzip', gzipSync(SPACES)],
    ['zstd', zstdCompressSync(SPACES)],
    ['a zip file', zipOf([{ name: 'a.csv', content: SPACES }])],
    ['gzip within gzip', gzipSync(gzipSync(SPACES))],
    ['gzip within zstd', zstdCompressSync(gzipSync(SPACES))],
  ])('that unpacks to many times its size is refused: %s', async (_, bytes) => {
    await expect(lengthOf(bytes)).rejects.toThrow(
      /list\.txt unpacks to more than 10 times its size.*unpack it yourself/,
    )
  })

  test('that unpacks to more than the most bytes is refused', async () => {
    const bound = { ratio: 1e6, freeBytes: 1, mostBytes: 10 * MIB }
    await expect(lengthOf(gzipSync(SPACES), bound)).rejects.toThrow(/more than 10485760 bytes/)
  })

  test('that is small may unpack to a long row of the same', async () => {
    expect(await lengthOf(gzipSync(SPACES.subarray(0, 4 * MIB)))).toBe(4 * MIB)
  })

  test('of several members has all of them', async () => {
    const member = gzipSync('md5 one\n')
    expect(await lengthOf(Buffer.concat(Array.from({ length: 1000 }, () => member)))).toBe(8000)
  })
})

test('bytes that come from elsewhere are read as a file is, by the name that they are given', async () => {
  const stream = Readable.from([gzipSync('a\r\nb')])
  expect(String(await Array.fromAsync(new TextInput({ name: 'the page', stream })))).toBe('a\nb')
  const cut = Readable.from([gzipSync('a\r\nb').subarray(0, 9)])
  await expect(Array.fromAsync(new TextInput({ name: 'the page', stream: cut }))).rejects.toThrow(
    /the page is packed with gzip and is damaged/,
  )
})
