import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HASH_TYPE_NAMES, wordCount, type HashType } from '../../../src/hash/hash-type.ts'
import { parseHashValue, unpackHex } from '../../../src/hash/hash-value.ts'
import { ValueLines } from '../../../src/cli/search/value-lines.ts'
import { parseListLine } from '../../../src/lists/formats/list-line.ts'

type Read = { readonly values: string[]; others: number; readonly badLines: number[] }

/** Reads the pieces one after the other. */
function read(type: HashType, pieces: readonly Buffer[]): Read {
  const found: Read = { values: [], others: 0, badLines: [] }
  const lines = new ValueLines(type, {
    value: (words) => void found.values.push(unpackHex(words, 0, wordCount(type))),
    otherType: () => void found.others++,
    badLine: (line) => void found.badLines.push(line),
  })
  for (const piece of pieces) lines.push(piece)
  lines.end()
  return found
}

/** What a file holds, in the plainest way. */
function plainRead(type: HashType, bytes: Uint8Array): Read {
  const found: Read = { values: [], others: 0, badLines: [] }
  // One character a byte, so that bytes beyond ASCII stay what they are.
  const lines = Buffer.from(bytes).toString('latin1').split('\n')
  for (const [index, line] of lines.entries()) {
    const text = line.replace(/^[ \t\r]+|[ \t\r]+$/g, '')
    if (text === '' || text.startsWith('#')) continue
    const bare = parseHashValue(type, text)
    const listed = parseListLine(Buffer.from(line, 'latin1').toString('utf8'))
    if (bare !== undefined) found.values.push(bare)
    else if (typeof listed === 'string') found.badLines.push(index + 1)
    else
      for (const entry of listed)
        if (entry.type === type) found.values.push(entry.value)
        else found.others++
  }
  return found
}

const hexDigit = fc.constantFrom(...Array.from('0123456789abcdefABCDEF'))
const anyType = fc.constantFrom(...HASH_TYPE_NAMES)
const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\r'), maxLength: 2 })

/** Values, and what people and machines put beside or instead of them. */
const arbitraryLine = (type: HashType): fc.Arbitrary<string> => {
  const digits = wordCount(type) * 8
  const value = fc.string({ unit: hexDigit, minLength: digits, maxLength: digits })
  const nearlyValue = fc.string({ unit: hexDigit, minLength: digits - 2, maxLength: digits + 9 })
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(space, value, space).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: nearlyValue },
    {
      weight: 2,
      arbitrary: fc
        .tuple(anyType, value, fc.constantFrom('', ' id', '  quality 77', ' a b'))
        .map(([name, text, more]) => `${name} ${text}${more}`),
    },
    { weight: 1, arbitrary: space },
    { weight: 1, arbitrary: fc.tuple(space, value).map(([before, text]) => `${before}#${text}`) },
    {
      weight: 1,
      arbitrary: fc.tuple(value, fc.constantFrom(' ', '#', '\r', ''), value).map((parts) => parts.join('')),
    },
    {
      weight: 1,
      arbitrary: fc.string({
        unit: fc.constantFrom('a', 'g', '#', ' ', '\r', '\u00e9', '\0', '-'),
        maxLength: 6,
      }),
    },
  )
}

const arbitraryFile = anyType.chain((type) =>
  fc.record({
    type: fc.constant(type),
    lines: fc.array(arbitraryLine(type), { maxLength: 12 }),
    lineBreak: fc.constantFrom('\n', '\r\n'),
    lastBreak: fc.boolean(),
    borders: fc.array(fc.nat(1000), { maxLength: 20 }),
  }),
)

test('whatever the line breaks, the last line and the borders of its pieces, a file is read as its lines say', () => {
  fc.assert(
    fc.property(arbitraryFile, ({ type, lines, lineBreak, lastBreak, borders }) => {
      const bytes = Buffer.from(lines.join(lineBreak) + (lastBreak ? lineBreak : ''), 'latin1')
      const cuts = [...new Set(borders.map((border) => border % (bytes.length + 1)))].sort((a, b) => a - b)
      const pieces = [0, ...cuts].map((from, piece) => bytes.subarray(from, cuts[piece] ?? bytes.length))
      expect(read(type, pieces)).toEqual(plainRead(type, bytes))
    }),
    { numRuns: 1000 },
  )
})

test('any bytes at all are read as their lines say', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(read('md5', [Buffer.from(bytes)])).toEqual(plainRead('md5', bytes))
    }),
  )
})
