import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HASH_TYPE_NAMES, hexDigits, isHashType, isPerceptual } from '../../src/hash/hash-type.ts'
import { packHex, packed, parseHashValue, unpackHex } from '../../src/hash/hash-value.ts'

const HEX_DIGITS = '0123456789abcdef'.split('')

const hexOf = (digits: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...HEX_DIGITS), { minLength: digits, maxLength: digits })
    .map((all) => all.join(''))

test('a value is as many hexadecimal digits as its type is wide', () => {
  const widths = Object.fromEntries(HASH_TYPE_NAMES.map((type) => [type, hexDigits(type)]))
  expect(widths).toEqual({ sha256: 64, sha1: 40, md5: 32, pdq: 64, blockhash: 64 })
})

test('the names of types are what settings and records may say, and nothing else is', () => {
  for (const type of HASH_TYPE_NAMES) expect(isHashType(type)).toBe(true)
  for (const name of ['', 'PDQ', 'toString', '__proto__', 'crc32']) expect(isHashType(name)).toBe(false)
  expect(HASH_TYPE_NAMES.filter(isPerceptual)).toEqual(['pdq', 'blockhash'])
})

describe.each(HASH_TYPE_NAMES)('%s', (type) => {
  const digits = hexDigits(type)

  test('a value survives packing and printing', () => {
    fc.assert(
      fc.property(hexOf(digits), (text) => {
        const value = parseHashValue(type, text)
        expect(value).toBe(text)
        if (value === undefined) return
        const words = packed(value)
        expect(words).toHaveLength(digits / 8)
        expect(unpackHex(words, 0, words.length)).toBe(text)
      }),
    )
  })

  test('upper case is the same value', () => {
    fc.assert(
      fc.property(hexOf(digits), (text) => {
        expect(parseHashValue(type, text.toUpperCase())).toBe(text)
        const lower = new Uint32Array(digits / 8)
        const upper = new Uint32Array(digits / 8)
        packHex(text, lower, 0)
        packHex(text.toUpperCase(), upper, 0)
        expect(upper).toEqual(lower)
      }),
    )
  })

  test('too short, too long or not hexadecimal is no value', () => {
    fc.assert(
      fc.property(
        hexOf(digits),
        fc.nat(digits - 1),
        fc.constantFrom(...Array.from('gG -_/:@`\n\0ß')),
        (text, at, other) => {
          expect(parseHashValue(type, text.slice(1))).toBeUndefined()
          expect(parseHashValue(type, `${text}0`)).toBeUndefined()
          expect(parseHashValue(type, text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined()
        },
      ),
    )
    expect(parseHashValue(type, '')).toBeUndefined()
  })

  test('values are in the same order as text and as words', () => {
    fc.assert(
      fc.property(hexOf(digits), hexOf(digits), fc.nat(digits), (one, other, shared) => {
        const alike = one.slice(0, shared) + other.slice(shared)
        const words = new Uint32Array(digits / 4)
        packHex(one, words, 0)
        packHex(alike, words, digits / 8)
        const differs = words.subarray(0, digits / 8).findIndex((word, at) => word !== words[digits / 8 + at])
        const before = differs !== -1 && words[differs] < words[digits / 8 + differs]
        expect(before).toBe(one < alike)
      }),
    )
  })
})

test('packing leaves the words around alone', () => {
  const words = new Uint32Array(6).fill(7)
  packHex('0123456789abcdef0123456789abcdef', words, 1)
  expect([...words]).toEqual([7, 0x01234567, 0x89abcdef, 0x01234567, 0x89abcdef, 7])
  expect(unpackHex(words, 2, 2)).toBe('89abcdef01234567')
})
