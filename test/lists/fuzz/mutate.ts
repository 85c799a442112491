// Changes a text by chance, as damage and malice do. The same random numbers make the same text.
import type { Random } from '../../../src/sample/random-hash.ts'

/** No text grows beyond it: the time is for many texts. */
const MAX_BYTES = 512 * 1024

const below = (random: Random, limit: number): number => Math.floor(random() * limit)
const oneOf = <T>(random: Random, values: readonly T[]): T => values[below(random, values.length)]

/** A range of a text. */
function range(random: Random, text: Buffer, maxBytes: number): readonly [from: number, to: number] {
  const from = below(random, text.length + 1)
  return [from, Math.min(text.length, from + below(random, maxBytes))]
}

const insert = (text: Buffer, at: number, what: Buffer): Buffer =>
  Buffer.concat([text.subarray(0, at), what, text.subarray(at)])

/** Bytes that break UTF-8, or that readers take for something else. */
const ODD_BYTES = [
  'ff',
  'c0af',
  'eda080',
  'f4908080',
  'e2',
  '00',
  '0d',
  '0a',
  'efbbbf',
  'fffe',
  '1b',
  '7f',
  'c285',
].map((hex) => Buffer.from(hex, 'hex'))

const DIGITS = '0123456789abcdefABCDEF'

type Mutation = (random: Random, text: Buffer, other: Buffer, tokens: readonly string[]) => Buffer

const MUTATIONS: readonly Mutation[] = [
  // A bit.
  (random, text) => {
    const changed = Buffer.from(text)
    if (changed.length > 0) changed[below(random, changed.length)] ^= 1 << below(random, 8)
    return changed
  },
  // A digit or letter by another one: the text stays well-formed, its values change.
  (random, text) => {
    const changed = Buffer.from(text)
    const at = below(random, changed.length + 1)
    const found = changed.subarray(at).findIndex((byte) => DIGITS.includes(String.fromCharCode(byte)))
    if (found !== -1) changed[at + found] = oneOf(random, [...Buffer.from(DIGITS)])
    return changed
  },
  // Cut off.
  (random, text) => text.subarray(0, below(random, text.length + 1)),
  // Something missing.
  (random, text) => {
    const [from, to] = range(random, text, 200)
    return Buffer.concat([text.subarray(0, from), text.subarray(to)])
  },
  // A piece of another text.
  (random, text, other) => {
    const [from, to] = range(random, other, 400)
    return insert(text, below(random, text.length + 1), other.subarray(from, to))
  },
  // The end of another text.
  (random, text, other) =>
    Buffer.concat([
      text.subarray(0, below(random, text.length + 1)),
      other.subarray(below(random, other.length + 1)),
    ]),
  // A piece again and again.
  (random, text) => {
    const [from, to] = range(random, text, 300)
    const times = oneOf(random, [1, 2, 3, 20, 1_000])
    return insert(text, to, Buffer.concat(Array.from({ length: times }, () => text.subarray(from, to))))
  },
  // A word of the format.
  (random, text, _, tokens) =>
    insert(text, below(random, text.length + 1), Buffer.from(oneOf(random, tokens))),
  // A word of the format, over another piece.
  (random, text, _, tokens) => {
    const [from, to] = range(random, text, 40)
    return Buffer.concat([text.subarray(0, from), Buffer.from(oneOf(random, tokens)), text.subarray(to)])
  },
  // Deep nesting.
  (random, text, _, tokens) =>
    insert(
      text,
      below(random, text.length + 1),
      Buffer.from(oneOf(random, tokens).repeat(oneOf(random, [10, 70, 5_000]))),
    ),
  // Huge numbers and long texts.
  (random, text) => {
    const long = oneOf(random, ['9', '0', 'a', 'A', ' ', '\u00e9']).repeat(
      oneOf(random, [17, 65, 300, 9_000, 70_000]),
    )
    return insert(text, below(random, text.length + 1), Buffer.from(long))
  },
  // Bytes that are no text.
  (random, text) => insert(text, below(random, text.length + 1), oneOf(random, ODD_BYTES)),
]

/** A text of the corpus, changed once or some times. */
export function mutated(random: Random, corpus: readonly Buffer[], tokens: readonly string[]): Buffer {
  let text = oneOf(random, corpus)
  for (let changes = 1 + below(random, 5); changes > 0; changes--)
    text = oneOf(random, MUTATIONS)(random, text, oneOf(random, corpus), tokens).subarray(0, MAX_BYTES)
  return text
}
