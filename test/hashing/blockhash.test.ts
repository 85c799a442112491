import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { popcount32 } from '../../src/hash/distance.ts'
import { packed, parseHashValue } from '../../src/hash/hash-value.ts'
import { blockhash } from '../../src/hashing/blockhash.ts'
import { openPicture, type RgbaPicture, Undecodable } from '../../src/hashing/picture.ts'
import { photographs } from '../../src/sample/photographs.ts'

const SIDE = 48

/** A square picture whose grey values a function of (x, y) gives. */
function greys(side: number, greyAt: (x: number, y: number) => number, alpha = 255): RgbaPicture {
  const pixels = new Uint8Array(side * side * 4).fill(alpha)
  for (let pixel = 0; pixel < side * side; pixel++) {
    pixels.fill(greyAt(pixel % side, Math.floor(pixel / side)), pixel * 4, pixel * 4 + 3)
  }
  return { pixels, width: side, height: side, channels: 4 }
}

const texture = (x: number, y: number): number => (x * 53 + y * 91) % 256

test('a photograph has a canonical 256-bit value, half of whose bits are set', async () => {
  for (const { name, path } of photographs()) {
    const picture = await openPicture(readFileSync(path), 'JPEG')
    if (picture instanceof Undecodable) throw new Error(picture.problem)
    const value = blockhash(picture.first)
    if (value === undefined) throw new Error(`${name} has no blockhash`)
    expect(parseHashValue('blockhash', value)).toBe(value)
    const bitsSet = packed(value).reduce((sum, word) => sum + popcount32(word), 0)
    expect(Math.abs(bitsSet - 128), name).toBeLessThanOrEqual(4)
  }
})

test('a block brighter than the median of its band sets its bit', () => {
  const rightHalfWhite = greys(SIDE, (x) => (x < SIDE / 2 ? 0 : 255))
  expect(blockhash(rightHalfWhite)).toBe('00ff'.repeat(16))
})

test('a flat picture has no blockhash, because every flat picture would share it', () => {
  for (const grey of [0, 100, 200, 255]) expect(blockhash(greys(SIDE, () => grey))).toBeUndefined()
  expect(blockhash(greys(SIDE, () => 0, 0))).toBeUndefined()
  const stripesAsHighAsBands = greys(SIDE, (_x, y) => (y % (SIDE / 2) < SIDE / 4 ? 0 : 255))
  expect(blockhash(stripesAsHighAsBands)).toBeUndefined()
})

test('a picture that is flat in some of its bands keeps its blockhash', () => {
  const skyAbove = greys(SIDE, (x, y) => (y < SIDE / 2 ? 255 : texture(x, y)))
  expect(blockhash(skyAbove)).toMatch(/^f{32}[0-9a-f]{32}$/)
})

test('a picture with fewer pixels than blocks has no blockhash', () => {
  expect(blockhash(greys(15, texture))).toBeUndefined()
  expect(blockhash(greys(16, texture))).toBeDefined()
})
