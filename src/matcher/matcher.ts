// The room `matcher` turns a batch of reports into hits: pure but for the known set that it reads.
import { MAX_MATCHES, type Hit } from '../contract/hit.ts'
import type { ReportedHash } from '../contract/report.ts'
import { isPerceptual, type PerceptualType } from '../hash/hash-type.ts'
import type { HashValue } from '../hash/hash-value.ts'
import type { KnownSet } from '../known/known-set.ts'
import { judgeQuality, policyDigest, type HashRule, type Policy } from '../policy/policy.ts'
import type { Matches, RadiusQuery } from '../search/hamming-index.ts'
import { assembleHit, type Candidate, type SearchedState } from './assemble-hit.ts'
import { batchOf, searchBatches, type QueryBatch } from './query-batch.ts'
import type { ReceivedReport } from './received-report.ts'
import { microsOfQueries, similarityQueries, sliceLength } from './slice-length.ts'

/** What is known of one report while its batch is being matched. */
interface Findings {
  readonly candidates: Candidate[]
  /** Exact number of matches that may make a hit; `candidates` holds the best of them. */
  makingCount: number
  readonly notes: string[]
}

export class Matcher {
  readonly #set: KnownSet
  readonly #policy: Policy
  readonly #policyDigest: string
  readonly #queries: ReadonlyMap<PerceptualType, RadiusQuery>

  constructor(set: KnownSet, policy: Policy) {
    this.#set = set
    this.#policy = policy
    this.#policyDigest = policyDigest(policy)
    this.#queries = similarityQueries(policy, MAX_MATCHES)
  }

  /** How many reports, of those from index `from` on, take about `budgetMicros` to match: at least one. */
  sliceLength(reports: readonly ReceivedReport[], from: number, budgetMicros: number): number {
    const micros = microsOfQueries(this.#queries, (...asked) => this.#set.estimateMicros(...asked))
    return sliceLength(reports, from, budgetMicros, micros)
  }

  /**
   * Matches a batch against the set as it is now: element i is the hit of report i, if it has one. With a budget it
   * stops after about so long, and the answer is that of the first reports alone: at least one.
   */
  match(reports: readonly ReceivedReport[], budgetMicros = Infinity): (Hit | undefined)[] {
    const findings = new Map<number, Findings>()
    const batches = new Map<PerceptualType, QueryBatch>()
    for (const [index, { report }] of reports.entries()) {
      for (const hash of report.hashes) this.#ask(index, hash, batches, findings)
    }
    const matched = searchBatches(batches, reports.length, budgetMicros, (type, batch, micros) =>
      this.#searchSimilar(type, batch, findings, micros),
    )

    const hits: (Hit | undefined)[] = Array.from({ length: matched })
    const state = this.#state()
    for (const [index, { candidates, makingCount, notes }] of findings) {
      if (index >= matched) continue
      const { report, receivedAtMs } = reports[index]
      hits[index] = assembleHit(report, receivedAtMs, candidates, makingCount, notes, state)
    }
    return hits
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
    if (!isPerceptual(type)) {
      const id = this.#set.lookup(type, value)
      if (id === undefined) return
      const found = findingsOf(all, report)
      // A video may repeat a value: one match.
      if (found.candidates.some(({ reported, knownValue }) => reported.type === type && knownValue === value))
        return
      found.candidates.push(this.#candidate(hash, rule, id, 0, 0))
      if (rule.part === 'hit') found.makingCount++
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
    return batch.search(
      (queries, budget) => this.#set.search(type, queries, query, budget),
      micros,
      ({ report, hash, query: number }, matches) => {
        const found = findingsOf(all, report)
        if (rule.part === 'hit') found.makingCount += matches.counts[number]
        if (judgeQuality(rule, hash.quality) === 'absent') found.notes.push(`quality-absent:${type}`)
        this.#collect(hash, rule, matches, number, found)
      },
    )
  }

  #collect(hash: ReportedHash, rule: HashRule, matches: Matches, query: number, found: Findings): void {
    for (let at = matches.starts[query]; at < matches.starts[query + 1]; at++) {
      found.candidates.push(
        this.#candidate(hash, rule, matches.ids[at], matches.distances[at], matches.orientations[at]),
      )
    }
  }

  #candidate(
    reported: ReportedHash,
    rule: HashRule,
    id: number,
    distanceBits: number,
    orientation: number,
  ): Candidate {
    return {
      reported,
      rule,
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

function findingsOf(all: Map<number, Findings>, report: number): Findings {
  let found = all.get(report)
  if (!found) {
    found = { candidates: [], makingCount: 0, notes: [] }
    all.set(report, found)
  }
  return found
}
