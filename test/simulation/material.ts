// What lists and platforms publish in a simulation: a few made-up files that come near each other's hashes, so that the
// same ones are known, silenced, forgotten and reported again and again.
import { canonicalJson } from '../../src/contract/json.ts'
import type { KnownHash } from '../../src/contract/known-hash.ts'
import type { Report, ReportedHash } from '../../src/contract/report.ts'
import { digestWords, hexDigits, HASH_TYPES, isPerceptual, type HashType } from '../../src/hash/hash-type.ts'
import { packed, unpackHex, type HashValue } from '../../src/hash/hash-value.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import { randomBalancedHash, writeNearHash } from '../../src/sample/random-hash.ts'
import { oriented } from '../matcher/altered-values.ts'
import type { Chance } from './chance.ts'

export const PLATFORMS = ['alpha', 'beta'] as const

const TYPES = ['pdq', 'md5', 'sha1', 'sha256', 'blockhash'] as const satisfies readonly HashType[]
type Type = (typeof TYPES)[number]

type KnownFile = Readonly<Record<Type, HashValue>>

function randomValue(chance: Chance, type: Type): HashValue {
  if (isPerceptual(type)) return randomBalancedHash(chance.random)
  const words = Uint32Array.from({ length: digestWords(type) }, () => chance.below(2 ** 32))
  return unpackHex(words, 0, words.length)
}

/** A value that is never known and never matched. */
const degenerateValue = (type: Type): HashValue =>
  // Digits of the type's own length: canonical.
  '0'.repeat(hexDigits(type)) as HashValue

function near(chance: Chance, value: HashValue, distanceBits: number): HashValue {
  const words = new Uint32Array(8)
  writeNearHash(chance.random, packed(value), 0, distanceBits, words, 0)
  return unpackHex(words, 0, 8)
}

/** Draws entries and reports around a few files. */
export class Material {
  readonly #chance: Chance
  readonly #files: readonly KnownFile[]
  #anchors = 0
  /** Perceptual values that were reported: a list may silence just those. */
  readonly #reported: { readonly type: Type; readonly value: HashValue }[] = []

  constructor(chance: Chance, files: number) {
    this.#chance = chance
    this.#files = Array.from({ length: files }, (): KnownFile => ({
      pdq: randomValue(chance, 'pdq'),
      md5: randomValue(chance, 'md5'),
      sha1: randomValue(chance, 'sha1'),
      sha256: randomValue(chance, 'sha256'),
      blockhash: randomValue(chance, 'blockhash'),
    }))
  }

  /** An entry that no report comes near, so that a set is never empty for its sake. */
  anchor(): KnownHash {
    return this.#entry('md5', randomValue(this.#chance, 'md5'), 'match', 'anchor', `${this.#anchors++}`)
  }

  /** An entry that a list may add, or change, or remove. */
  entry(): KnownHash {
    const chance = this.#chance
    const file = chance.below(this.#files.length)
    const type = chance.of<Type>(['pdq', 'pdq', 'pdq', 'md5', 'sha1', 'sha256', 'blockhash', 'blockhash'])
    const role = chance.weighted({ match: 8, suppress: 2, canary: 0.5 })
    const reported = chance.from(this.#reported)
    const source = chance.of(['a', 'b'])
    // Some lists tie a file's hashes together by one id, which corroboration asks for.
    const sourceId = chance.is(0.7) ? `file-${file}` : `${type}-${file}`
    if (role === 'suppress' && reported && chance.is(0.4))
      return this.#entry(reported.type, reported.value, role, source, sourceId)
    const value = chance.is(0.05) ? degenerateValue(type) : this.#files[file][type]
    return this.#entry(type, value, role, source, sourceId)
  }

  report(reportId: string): Report {
    const chance = this.#chance
    const hashes = new Map<string, ReportedHash>()
    const isVideo = chance.is(0.2)
    for (let n = chance.between(1, 3); n > 0; n--) {
      const hash = this.#reportedHash()
      // Of a picture at most one of each type.
      hashes.set(isVideo ? canonicalJson(hash) : hash.type, hash)
    }
    return {
      schema: 'report/1',
      reportId,
      platform: chance.of(PLATFORMS),
      observedAt: '2026-01-30T12:00:00Z',
      mediaType: isVideo ? 'video' : 'image',
      contentRef: reportId,
      hashes: [...hashes.values()],
    }
  }

  #reportedHash(): ReportedHash {
    const chance = this.#chance
    const type = chance.of<Type>(['pdq', 'pdq', 'pdq', 'md5', 'sha1', 'sha256', 'blockhash'])
    if (chance.is(0.03)) return { type, value: degenerateValue(type) }
    const known = this.#files[chance.below(this.#files.length)][type]
    if (!isPerceptual(type)) {
      const value = chance.is(0.8) ? known : randomValue(chance, type)
      return { type, value: chance.is(0.2) ? value.toUpperCase() : value }
    }
    const distanceBits = type === 'pdq' ? chance.of([0, 0, 5, 30, 31, 32, 60]) : chance.of([0, 4, 10, 11, 20])
    const turned =
      HASH_TYPES[type].orientable && chance.is(0.3)
        ? oriented(known, chance.below(ORIENTATIONS.length))
        : known
    const value = near(chance, turned, distanceBits)
    this.#reported.push({ type, value })
    const quality = chance.of([100, 100, 50, 49, undefined])
    return { type, value, ...(quality === undefined ? {} : { quality }) }
  }

  #entry(type: Type, value: HashValue, role: KnownHash['role'], source: string, sourceId: string): KnownHash {
    return {
      schema: 'known-hash/1',
      type,
      value,
      source,
      sourceId,
      classification: { scheme: 'simulated', code: this.#chance.of(['A1', 'B2']) },
      role,
      purpose: 'csam',
      handling: { audience: 'this-deployment', onward: 'none' },
      addedAt: '2026-01-02T03:04:05Z',
    }
  }
}
