// A second matcher, written for the eye: no index, no batch, no limit before the end.
import { compareEntries, compareMatches, type Hit, type Match } from '../../src/contract/hit.ts'
import type { KnownHash } from '../../src/contract/known-hash.ts'
import { reportDigest, type Report } from '../../src/contract/report.ts'
import { degeneracyOf } from '../../src/hash/degenerate.ts'
import { hammingDistance } from '../../src/hash/distance.ts'
import { isPerceptual, type HashType } from '../../src/hash/hash-type.ts'
import { packed, type HashValue } from '../../src/hash/hash-value.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import type { HashRule, Policy } from '../../src/policy/policy.ts'
import { oriented } from './altered-values.ts'

/** What of a hit depends on what is known, and on nothing else. */
export type NaiveHit = Pick<Hit, 'matches' | 'matchCount' | 'truncated' | 'support'>

export const naivePartOf = ({ matches, matchCount, truncated, support }: Hit): NaiveHit => ({
  matches,
  matchCount,
  truncated,
  support,
})

interface Found {
  readonly rule: HashRule
  readonly match: Match
  readonly entries: readonly KnownHash[]
}

const distance = (a: HashValue, b: HashValue): number =>
  hammingDistance(packed(a), 0, packed(b), 0, a.length / 8)

/** The nearest orientation that the rule permits, with its distance in bits; or undefined. */
type Nearest = readonly [distanceBits: number, orientation: number] | undefined

function nearest(rule: HashRule, type: HashType, known: HashValue, value: HashValue): Nearest {
  if (!isPerceptual(type)) return known === value ? [0, 0] : undefined
  const forms = rule.orientations?.forms ?? []
  const candidates = ORIENTATIONS.flatMap((name, index): [number, number][] => {
    if (index !== 0 && !forms.some((form) => form === name)) return []
    const bits = distance(index === 0 ? known : oriented(known, index), value)
    const maxBits = index === 0 ? rule.maxDistanceBits : rule.orientations?.maxDistanceBits
    return bits <= (maxBits ?? 0) ? [[bits, index]] : []
  })
  return candidates.sort(([a, i], [b, j]) => a - b || i - j)[0]
}

/** Tells what the entries say of reports, by one policy; it remembers how far two values are apart. */
export class NaiveMatcher {
  readonly #policy: Policy
  readonly #nearest = new Map<string, Nearest>()

  constructor(policy: Policy) {
    this.#policy = policy
  }

  /** What the design promises of a hit, from the entries alone; undefined if the report makes none. */
  hitOf(entries: readonly KnownHash[], report: Report): NaiveHit | undefined {
    const all = this.#found(entries, report)
    const making = all.filter(({ rule }) => rule.part === 'hit')
    if (making.length === 0) return undefined
    const named = all.filter(
      ({ rule }, at) => rule.part === 'hit' || making.some((one) => sharesEntry(one, all[at])),
    )
    const matches = named
      .map(({ match }) => match)
      .sort(compareMatches)
      .slice(0, 64)
    return {
      matches,
      matchCount: named.length,
      truncated: named.length > 64 || named.some((one) => one.entries.length > 8),
      // Support is that of the matches named, so that it can be worked out again from the hit.
      support: {
        origins: new Set(matches.flatMap(({ known }) => known.map(({ origin }) => origin))).size,
        hashTypes: new Set(matches.map(({ type }) => type)).size,
      },
    }
  }

  #found(all: readonly KnownHash[], report: Report): readonly Found[] {
    const entries = all.filter(({ type, value }) => !degeneracyOf(type, value))
    const { hashes, origins } = this.#policy
    const found = new Map<string, Found>()
    const valuesOf = (type: HashType, role: KnownHash['role']): ReadonlySet<HashValue> =>
      new Set(entries.filter((one) => one.type === type && one.role === role).map((one) => one.value))
    for (const { type, value: printed, quality } of report.hashes) {
      const rule = hashes[type]
      // The report's check has proved length and alphabet: lower-cased, the value is canonical.
      const value = printed.toLowerCase() as HashValue
      const suppressed = valuesOf(type, 'suppress')
      if (!rule || suppressed.has(value) || degeneracyOf(type, value)) continue
      if (rule.minQuality !== undefined && quality !== undefined && quality < rule.minQuality) continue
      for (const known of valuesOf(type, 'match')) {
        const best = suppressed.has(known) ? undefined : this.#nearestOf(rule, type, known, value)
        const key = `${type}:${value}:${known}`
        if (!best || found.has(key)) continue
        const [bits, orientation] = best
        const itsEntries = entries
          .filter((one) => one.type === type && one.value === known && one.role === 'match')
          .sort(compareEntries)
        const match: Match = {
          reportDigest: reportDigest(report),
          type,
          value: printed,
          ...(quality === undefined ? {} : { quality }),
          knownValue: known,
          distance: bits,
          threshold: (orientation === 0 ? rule.maxDistanceBits : rule.orientations?.maxDistanceBits) ?? 0,
          ...(orientation === 0 ? {} : { orientation: ORIENTATIONS[orientation] }),
          known: itsEntries.slice(0, 8).map(({ source, sourceId, classification, addedAt }) => ({
            source,
            sourceId,
            origin: origins[source] ?? source,
            classification,
            addedAt,
          })),
        }
        found.set(key, { rule, match, entries: itsEntries })
      }
    }
    return [...found.values()]
  }

  #nearestOf(rule: HashRule, type: HashType, known: HashValue, value: HashValue): Nearest {
    const key = `${type}:${known}:${value}`
    if (!this.#nearest.has(key)) this.#nearest.set(key, nearest(rule, type, known, value))
    return this.#nearest.get(key)
  }
}

const sharesEntry = (a: Found, b: Found): boolean =>
  a.entries.some((one) => b.entries.some((other) => compareEntries(one, other) === 0))
