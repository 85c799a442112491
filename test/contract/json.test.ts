import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, countNames, parseJson, sha256Hex } from '../../src/contract/json.ts'
import { hit, knownHash, report } from './arbitraries.ts'
import { refusal } from './refusal.ts'

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

describe('canonical JSON', () => {
  test('has the fields of every object in alphabetic order and no white space', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 'x y' }], a: null, B: true })).toBe(
      '{"B":true,"a":null,"b":[{"c":"x y","d":1}]}',
    )
  })

  test('leaves absent fields out', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}')
  })

  test('says the same as what it was made of', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('is a fixed point: canonical text, parsed, is printed as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
      }),
    )
  })

  test('keeps a field __proto__ as a field', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1},"b":1}')
  })

  test('orders names by their code units, also those that look like integers', () => {
    expect(canonicalJson({ a: 1, 9: 2, '-': 3, 10: 4, '09': 5 })).toBe('{"-":3,"09":5,"10":4,"9":2,"a":1}')
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(fc.nat(200).map(String), fc.string())), (names) => {
        const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])))
        const fields = names.toSorted(byCodeUnit).map((name) => `${JSON.stringify(name)}:0`)
        expect(text).toBe(`{${fields.join(',')}}`)
      }),
    )
  })

  test('is for reports, known hashes and hits what JSON.stringify prints of sorted fields', () => {
    fc.assert(
      fc.property(fc.oneof(report, knownHash, hit), (message) => {
        const sorted = JSON.stringify(message, (_, field: unknown) =>
          field === null || typeof field !== 'object' || Array.isArray(field)
            ? field
            : Object.fromEntries(Object.entries(field).sort(([a], [b]) => byCodeUnit(a, b))),
        )
        expect(canonicalJson(message)).toBe(sorted)
      }),
    )
  })

  test.each<[number, string]>([
    [1e21, '1e+21'],
    [-0, '0'],
    [0.1 + 0.2, '0.30000000000000004'],
    [5e-324, '5e-324'],
  ])('prints the number %d as RFC 8785 does: %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })

  test('prints half of a surrogate pair as an escape, so that the bytes are UTF-8', () => {
    expect(canonicalJson('\ud800')).toBe(String.raw`"\ud800"`)
  })
})

test('bytes of a value are parsed up to the bound, and not beyond it', () => {
  expect(parseJson(Buffer.from('[1]'), 3)).toEqual([1])
  expect(refusal(parseJson(Buffer.from('[1]'), 2))).toBe('oversized')
})

test('SHA-256 is printed as 64 hexadecimal digits', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('the names of a parsed value are as many as its text has, whatever they are', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      let names = 0
      const text = JSON.stringify(value, (_name, one: unknown) => {
        if (one !== null && typeof one === 'object' && !Array.isArray(one)) names += Object.keys(one).length
        return one
      })
      expect(countNames(JSON.parse(text))).toBe(names)
    }),
  )
  expect(countNames(JSON.parse('{"__proto__":{"a":1},"constructor":[{"b":null}],"2":2}'))).toBe(5)
})
