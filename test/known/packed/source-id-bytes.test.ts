// Source ids in words.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSourceId } from '../../../src/contract/known-hash.ts'
import { SOURCE_ID_MAX_WORDS, SourceIdBytes } from '../../../src/known/packed/source-id-bytes.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 80 }).filter((one) => one.isWellFormed())

test('every source id of the contract comes back, whatever was packed before it, and a longer one is refused', () => {
  const packed = new SourceIdBytes()
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 10 }), (texts) => {
      for (const one of texts) {
        const byteLength = Buffer.byteLength(one)
        if (byteLength > 64) {
          expect(() => packed.set(one)).toThrow(RangeError)
          expect(isSourceId(one)).toBe(false)
          continue
        }
        packed.set(one)
        expect(packed.byteLength).toBe(byteLength)
        expect(SourceIdBytes.read(packed.words, 0, byteLength)).toBe(one)
        // Ids are compared word by word: nothing of an earlier one may be left behind the last byte.
        expect(
          Buffer.from(packed.words.buffer)
            .subarray(byteLength)
            .every((byte) => byte === 0),
        ).toBe(true)
      }
    }),
  )
})

test('a source id of exactly 64 bytes fills the words, and one byte more is too much', () => {
  const packed = new SourceIdBytes()
  packed.set('é'.repeat(32))
  expect([packed.byteLength, packed.wordCount]).toEqual([64, SOURCE_ID_MAX_WORDS])
  expect(() => packed.set(`${'é'.repeat(32)}a`)).toThrow(
    'A source id has more than 64 bytes: check the entry',
  )
  packed.set('')
  expect([packed.byteLength, packed.wordCount]).toEqual([0, 0])
})

test('a source id is read from the middle of other words', () => {
  const packed = new SourceIdBytes()
  packed.set('abcde')
  const words = new Uint32Array(10)
  words.set(packed.words.subarray(0, packed.wordCount), 3)
  expect(SourceIdBytes.read(words.subarray(1), 2, 5)).toBe('abcde')
})
