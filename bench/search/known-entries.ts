import { knownHashKey, type KnownHash, type KnownHashChange } from '../../src/contract/known-hash.ts'
import { unpackHex } from '../../src/hash/hash-value.ts'
import { wordSource } from '../../src/sample/value-sets.ts'

/** Bytes of each source id. */
export const SOURCE_ID_BYTES = 12
const SOURCES = ['ncmec', 'iwf', 'vics'] as const

const nextWord = wordSource(1)
const words = new Uint32Array(8)

/** The change that adds entry `number`: a random PDQ value, a source id of SOURCE_ID_BYTES bytes, one of three sources. */
export function change(number: number): KnownHashChange {
  for (let word = 0; word < 8; word++) words[word] = nextWord()
  const entry: KnownHash = {
    schema: 'known-hash/1',
    type: 'pdq',
    value: unpackHex(words, 0, 8),
    source: SOURCES[number % SOURCES.length],
    sourceId: String(number).padStart(SOURCE_ID_BYTES, '0'),
    classification: { scheme: 'ncmec', code: number % 2 === 0 ? 'A1' : 'B2' },
    role: 'match',
    purpose: 'csam',
    handling: { audience: 'this-deployment', onward: 'none' },
    addedAt: new Date(1_700_000_000_000 + Math.floor(number / 1000) * 1000)
      .toISOString()
      .replace('.000Z', 'Z'),
  }
  return { identity: entry, key: knownHashKey(entry), entry }
}
