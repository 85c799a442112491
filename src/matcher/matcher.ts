// The room `matcher` turns a batch of reports into hits: pure but for the known set that it reads.
import { canaryValue, distancesToCanary, isCanaryReport, isCanaryValue } from '../contract/canary.ts'
import { MAX_MATCHES, type Hit } from '../contract/hit.ts'
import type { ReportedHash } from '../contract/report.ts'
import { degeneracyOf } from '../hash/degenerate.ts'
import { HASH_TYPES, isPerceptual, type HashType, type PerceptualType } from '../hash/hash-type.ts'
import { packed, type HashValue } from '../hash/hash-value.ts'
import type { KnownSet } from '../known/known-set.ts'
import { judgeQuality, orientationMask, policyDigest, threshold, type Policy } from '../policy/policy.ts'
import type { Matches, SearchBudget } from '../search/hamming-index.ts'
import { assembleHit, type FoundMatch, type ReportFindings, type SearchedState } from './assemble-hit.ts'
import type { CanarySighting } from './canary-report.ts'
import { batchOf, searchInTurn, type QueryBatch } from './query-batch.ts'
import type { ReceivedReport } from './received-report.ts'
import { similarityQueries, type SimilarityQueries } from './similarity-queries.ts'
import { sliceLength } from './slice-length.ts'

/** The findings on one report, while its batch is being matched. */
interface Findings extends ReportFindings {
  readonly foundMatches: FoundMatch[]
  hitMakingCount: number
  readonly notes: string[]
  /** Types whose canary was found, or the canary file's: no matches. */
  readonly canaries: Set<HashType>
}

/** A reported hash, and the rule that its search follows. */
type SearchedHash = Pick<FoundMatch, 'reported' | 'rule'>

/** The result of one report: undefined for most. */
export type Outcome = Hit | CanarySighting | undefined

export class Matcher {
  readonly #set: KnownSet
  readonly #policy: Policy
  readonly #policyDigest: string
  readonly #queries: SimilarityQueries

  constructor(set: KnownSet, policy: Policy) {
    this.#set = set
    this.#policy = policy
    this.#policyDigest = policyDigest(policy)
    // One more than are kept: the canary may be among them.
    this.#queries = similarityQueries(policy, MAX_MATCHES + 1)
  }

  /** How many reports, of those from index `from` on, take about `budgetMicros` to match: at least one. */
  sliceLength(reports: readonly ReceivedReport[], from: number, budgetMicros: number): number {
    return sliceLength(reports.slice(from), budgetMicros, this.#queries, (...query) =>
      this.#set.estimateMicros(...query),
    )
  }

  /**
   * Matches a batch against the set as it is now: element i is the hit of report i, if it has one. With a budget it
   * stops after about that time, and the answer is that of the first reports alone: at least one.
   */
  match(reports: readonly ReceivedReport[], budgetMicros = Infinity): (Hit | undefined)[] {
    return this.matchWithCanaries(reports, budgetMicros).map((outcome) =>
      outcome?.schema === 'hit/1' ? outcome : undefined,
    )
  }

  /**
   * As `match`; the element of a canary report says which canaries it found, if any, and so does that of another report
   * that makes no hit and found one: a platform has reported the canary file.
   */
  matchWithCanaries(reports: readonly ReceivedReport[], budgetMicros = Infinity): Outcome[] {
    const findings = new Map<number, Findings>()
    const batches = new Map<PerceptualType, QueryBatch>()
    for (const [index, { report }] of reports.entries()) {
      for (const hash of report.hashes) this.#ask(index, hash, batches, findings)
    }
    const done = searchInTurn(batches, budgetMicros, ([type, batch], micros) =>
      this.#searchSimilar(type, batch, findings, micros),
    )

    const matched = Math.min(done, reports.length)
    const outcomes: Outcome[] = Array.from({ length: matched })
    const state = this.#state()
    for (const [index, found] of findings) {
      if (index >= matched) continue
      outcomes[index] = isCanaryReport(reports[index].report)
        ? { schema: 'canary', types: [...found.canaries] }
        : (assembleHit(reports[index], found, state) ?? sightingOf(found))
    }
    return outcomes
  }

  /** Looks up a cryptographic hash at once, or queues a perceptual one for its type's batch. */
  #ask(
    report: number,
    hash: ReportedHash,
    batches: Map<PerceptualType, QueryBatch>,
    all: Map<number, Findings>,
  ): void {
    const { type } = hash
    const rule = this.#policy.hashes[type]
    if (!rule) return
    // The report's check has proved length and alphabet: lower-cased, the value is canonical.
    const value = hash.value.toLowerCase() as HashValue
    if (degeneracyOf(type, value)) {
      findingsOf(all, report).notes.push(`degenerate:${type}`)
      return
    }
    if (!isPerceptual(type)) {
      const id = this.#set.lookup(type, value)
      if (id === undefined) return
      const found = findingsOf(all, report)
      if (isCanaryValue(type, value)) found.canaries.add(type)
      // A video may repeat a value: one match.
      if (
        found.foundMatches.some(({ reported, knownValue }) => reported.type === type && knownValue === value)
      )
        return
      const foundMatch = this.#foundMatch({ reported: hash, rule }, id, 0, 0)
      if (foundMatch.entries.length === 0) return
      found.foundMatches.push(foundMatch)
      if (rule.part === 'hit') found.hitMakingCount++
      return
    }
    const quality = judgeQuality(rule, hash.quality)
    if (quality === 'too-low' || this.#set.isSuppressed(type, value)) return
    batchOf(batches, type).ask(report, hash, value)
  }

  /** Returns the number of reports that are done: all, unless the `micros` were used up before. */
  #searchSimilar(
    type: PerceptualType,
    batch: QueryBatch,
    all: Map<number, Findings>,
    micros: number,
  ): number {
    const query = this.#queries.get(type)
    const rule = this.#policy.hashes[type]
    if (!query || !rule) return Infinity
    const run = (queries: Uint32Array, budget: SearchBudget): Matches =>
      this.#set.search(type, queries, query, budget)
    const { matches, found, done } = batch.search(run, micros)
    for (const { report, hash, query: number } of found) {
      const findings = findingsOf(all, report)
      const count = this.#collect({ reported: hash, rule }, matches, number, findings)
      if (count === 0) continue
      if (rule.part === 'hit') findings.hitMakingCount += count
      if (judgeQuality(rule, hash.quality) === 'absent') findings.notes.push(`quality-absent:${type}`)
    }
    return done
  }

  /** Takes the best matches of a query, and returns how many there are; a value that is only a canary is none. */
  #collect(searched: SearchedHash, matches: Matches, query: number, found: Findings): number {
    const { type } = searched.reported
    const first = matches.starts[query]
    const end = matches.starts[query + 1]
    const foundMatches: FoundMatch[] = []
    let isCanarySeen = false
    let hasMereCanary = false
    for (let at = first; at < end; at++) {
      const [distanceBits, orientation] = [matches.distances[at], matches.orientations[at]]
      const foundMatch = this.#foundMatch(searched, matches.ids[at], distanceBits, orientation)
      if (foundMatch.knownValue === canaryValue(type)) isCanarySeen = true
      if (foundMatch.entries.length > 0) foundMatches.push(foundMatch)
      else hasMereCanary = true
    }
    if (isCanarySeen) found.canaries.add(type)
    found.foundMatches.push(...foundMatches.slice(0, MAX_MATCHES))
    // It can also be among the matches that were counted and not returned.
    if (!isCanarySeen && end - first < matches.counts[query]) hasMereCanary = this.#isNearMereCanary(searched)
    return matches.counts[query] - Number(hasMereCanary)
  }

  #isNearMereCanary({ reported: { type, value }, rule }: SearchedHash): boolean {
    if (!isPerceptual(type) || !this.#hasMereCanary(type)) return false
    const mask = HASH_TYPES[type].orientable ? orientationMask(rule) : 1
    // The report's check has proved length and alphabet: lower-cased, the value is canonical.
    return distancesToCanary(type, packed(value.toLowerCase() as HashValue)).some(
      (distanceBits, orientation) =>
        (mask & (1 << orientation)) !== 0 && distanceBits <= threshold(rule, orientation),
    )
  }

  /** Whether the canary is found, and no list has its value. */
  #hasMereCanary(type: PerceptualType): boolean {
    const { ids } = this.#set.search(type, packed(canaryValue(type)), { maxDistanceBits: 0, limit: 1 })
    return ids.length === 1 && this.#set.entriesOf(type, ids[0]).length === 0
  }

  #foundMatch(searched: SearchedHash, id: number, distanceBits: number, orientation: number): FoundMatch {
    const { reported } = searched
    return {
      ...searched,
      knownValue: this.#set.valueOf(reported.type, id),
      distanceBits,
      orientation,
      entries: this.#set.entriesOf(reported.type, id),
    }
  }

  #state(): SearchedState {
    const { position, digest, entries } = this.#set
    return {
      knownSet: { offset: position.offset, digest, entries },
      liveValues: (type) => this.#set.liveValues(type),
      policy: this.#policy,
      policyDigest: this.#policyDigest,
    }
  }
}

const sightingOf = ({ canaries }: Findings): CanarySighting | undefined =>
  canaries.size === 0 ? undefined : { schema: 'canary', types: [...canaries] }

function findingsOf(all: Map<number, Findings>, report: number): Findings {
  let found = all.get(report)
  if (!found) {
    found = { foundMatches: [], hitMakingCount: 0, notes: [], canaries: new Set() }
    all.set(report, found)
  }
  return found
}
