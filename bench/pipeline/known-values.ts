// The known hashes of a benchmark: PDQ hashes, and a tenth as many MD5s. A smaller set is the beginning of a larger one.
import { knownHashKey, encodeKnownHash, type KnownHash } from '../../src/contract/known-hash.ts'
import { unpackHex, type HashValue } from '../../src/hash/hash-value.ts'
import type { Random } from '../../src/sample/random-hash.ts'
import { makeKnownSet } from '../search/known-sets.ts'
import { wordSource } from '../../src/sample/value-sets.ts'

const PDQ_WORDS = 8
const MD5_WORDS = 4
const MD5_SEED = 1321
export const MD5_SHARE = 0.1
/** Reports that make hits are of these: all sets have them. */
export const HIT_VALUES = { pdq: 2_000, md5: 200 } as const

/** The known PDQ hashes, 8 words each: those that similarity search is measured on, and the peer gets in a file. */
export const knownPdq = (known: number): Uint32Array => makeKnownSet('uniform', known)

/** The known MD5s of a set with this number of PDQ hashes. */
export function* knownMd5(known: number): Generator<HashValue> {
  const next = wordSource(MD5_SEED)
  const words = new Uint32Array(MD5_WORDS)
  for (let n = 0; n < known * MD5_SHARE; n++) {
    for (let word = 0; word < MD5_WORDS; word++) words[word] = next()
    yield unpackHex(words, 0, MD5_WORDS)
  }
}

/** An MD5 that no set has. */
export const randomMd5 = (random: Random): HashValue =>
  unpackHex(
    Uint32Array.from({ length: MD5_WORDS }, () => random() * 2 ** 32),
    0,
    MD5_WORDS,
  )

/** The records of the topic known-hashes. */
export function* knownRecords(known: number): Generator<{ readonly key: string; readonly value: string }> {
  const values = knownPdq(known)
  for (let at = 0; at < values.length; at += PDQ_WORDS)
    yield record(benchEntry('pdq', unpackHex(values, at, PDQ_WORDS)))
  for (const value of knownMd5(known)) yield record(benchEntry('md5', value))
}

const record = (entry: KnownHash): { readonly key: string; readonly value: string } => ({
  key: knownHashKey(entry),
  value: encodeKnownHash(entry),
})

export const benchEntry = (type: 'pdq' | 'md5', value: HashValue): KnownHash => ({
  schema: 'known-hash/1',
  type,
  value,
  source: 'bench',
  sourceId: value.slice(0, 12),
  classification: { scheme: 'bench', code: 'A1' },
  role: 'match',
  purpose: 'csam',
  handling: { audience: 'this-deployment', onward: 'none' },
  addedAt: '2026-01-01T00:00:00.000Z',
})
