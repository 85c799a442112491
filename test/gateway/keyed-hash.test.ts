import { expect, test } from 'vitest'
import { KeyedHash } from '../../src/gateway/keyed-hash.ts'

const KEY = Buffer.from([0, 1, 2, 3, 4, 5, 6, 7])

/** The reference's test vectors: of the texts of bytes 0, 1, 2, … of each length from 0 on. */
const VECTORS = [
  '218d1f59b9b83cc8',
  'be552412f8387315',
  '064f39ef7c50eb57',
  'ce0f1a45f7060679',
  'd5e78a175be52ea1',
  'cb9d7c3f2f3db580',
  'ce3e91358aa2bc25',
]

function hashOf(keyed: KeyedHash, text: string): string {
  const words = new Uint32Array(4)
  keyed.hash(text, words, 1)
  expect([words[0], words[3]]).toEqual([0, 0])
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(words[1], 0)
  bytes.writeUInt32LE(words[2], 4)
  return bytes.toString('hex')
}

test('it is HalfSipHash-2-4', () => {
  const keyed = new KeyedHash(KEY)
  for (const [length, expected] of VECTORS.entries()) {
    const text = String.fromCharCode(...Array.from({ length }, (_, n) => n))
    expect(hashOf(keyed, text), `${length} bytes`).toBe(expected)
  }
})

test('another key makes another hash, and keys are made by chance', () => {
  const hashes = [KEY, Buffer.alloc(8), undefined, undefined].map((key) =>
    hashOf(new KeyedHash(key), 'upload-8f31'),
  )
  expect(new Set(hashes).size).toBe(4)
})
