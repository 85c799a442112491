// The room `matcher` turns a batch of reports into hits: pure but for the known set that it reads.
import { MAX_MATCHES, type Hit } from '../contract/hit.ts'
import type { Report, ReportedHash } from '../contract/report.ts'
import {
  HASH_TYPE_NAMES,
  isPerceptual,
  wordCount,
  type HashType,
  type PerceptualType,
} from '../hash/hash-type.ts'
import { packHex, type HashValue } from '../hash/hash-value.ts'
import type { KnownSet } from '../known/known-set.ts'
import { judgeQuality, orientationMask, policyDigest, type HashRule, type Policy } from '../policy/policy.ts'
import type { Matches, RadiusQuery } from '../search/hamming-index.ts'
import { assembleHit, type Candidate, type SearchedState } from './assemble-hit.ts'

/** A report and the time of its record in the log, in milliseconds since 1970. */
export interface ReceivedReport {
  readonly report: Report
  readonly receivedAtMs: number
}

/** Queries of one type that a slice typically asks: an index's estimate for so many is taken as so many times one. */
const TYPICAL_BATCH = 64

/** What is known of one report while its batch is being matched. */
interface Findings {
  readonly candidates: Candidate[]
  /** Exact number of matches that may make a hit; `candidates` holds the best of them. */
  makingCount: number
  readonly notes: string[]
}

/** The similarity queries of a batch for one hash type: each distinct value is searched once. */
interface QueryBatch {
  readonly rule: HashRule
  readonly query: RadiusQuery
  readonly values: Map<HashValue, number>
  /** For each asker: index of the report, its hash, index of the query. */
  readonly askers: { readonly report: number; readonly hash: ReportedHash; readonly query: number }[]
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
    this.#queries = new Map(
      HASH_TYPE_NAMES.filter(isPerceptual).flatMap((type) => {
        const rule = policy.hashes[type]
        return rule ? [[type, radiusQuery(rule)] as const] : []
      }),
    )
  }

  /** How many reports, of those from index `from` on, take about `budgetMicros` to match: at least one. */
  sliceLength(reports: readonly ReceivedReport[], from: number, budgetMicros: number): number {
    const micros = this.#microsOfQuery()
    let spent = 0
    for (let index = from; index < reports.length; index++) {
      for (const { type } of reports[index].report.hashes) spent += micros.get(type) ?? 0
      if (spent > budgetMicros) return Math.max(1, index - from)
    }
    return Math.max(1, reports.length - from)
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
    const startedMs = performance.now()
    let matched = reports.length
    for (const [type, batch] of batches) {
      const left = budgetMicros - (performance.now() - startedMs) * 1000
      matched = Math.min(
        matched,
        this.#searchSimilar(type, batch, findings, Math.max(left, budgetMicros / 8)),
      )
    }

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
    let batch = batches.get(type)
    if (!batch) {
      batch = { rule, query: this.#queries.get(type) ?? radiusQuery(rule), values: new Map(), askers: [] }
      batches.set(type, batch)
    }
    let query = batch.values.get(value)
    if (query === undefined) {
      query = batch.values.size
      batch.values.set(value, query)
    }
    if (!hasAsked(batch, report, query)) batch.askers.push({ report, hash, query })
  }

  /** Returns the number of reports that are done: all, unless the budget of `micros` was used up before. */
  #searchSimilar(
    type: PerceptualType,
    { rule, query, values, askers }: QueryBatch,
    all: Map<number, Findings>,
    micros: number,
  ): number {
    const words = wordCount(type)
    const queries = new Uint32Array(values.size * words)
    for (const [value, at] of values) packHex(value, queries, at * words)
    // Queries are numbered in the order of the reports. The first report's are answered whatever it takes.
    const ofFirst = askers.findIndex(({ report }) => report !== askers[0].report)
    const matches = this.#set.search(type, queries, query, {
      micros,
      queries: Math.max(1, ofFirst === -1 ? values.size : ofFirst),
    })
    const answered = matches.counts.length
    for (const asker of askers) {
      if (asker.query >= answered) return asker.report
      const count = matches.counts[asker.query]
      if (count === 0) continue
      const found = findingsOf(all, asker.report)
      if (rule.part === 'hit') found.makingCount += count
      if (judgeQuality(rule, asker.hash.quality) === 'absent') found.notes.push(`quality-absent:${type}`)
      this.#collect(asker.hash, rule, matches, asker.query, found)
    }
    return Infinity
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

  /** About how long one query of each type takes, asked in a batch. */
  #microsOfQuery(): ReadonlyMap<HashType, number> {
    return new Map(
      this.#queries
        .entries()
        .map(([type, query]) => [type, this.#set.estimateMicros(type, TYPICAL_BATCH, query) / TYPICAL_BATCH]),
    )
  }
}

function radiusQuery(rule: HashRule): RadiusQuery {
  const { maxDistanceBits = 0, orientations } = rule
  return {
    maxDistanceBits,
    ...(orientations
      ? { orientations: { mask: orientationMask(rule), maxDistanceBits: orientations.maxDistanceBits } }
      : {}),
    limit: MAX_MATCHES,
  }
}

/** Whether a report, the newest of the batch, has asked this already: a video may repeat a value, say of like frames. */
function hasAsked({ askers }: QueryBatch, report: number, query: number): boolean {
  for (let at = askers.length - 1; at >= 0 && askers[at].report === report; at--) {
    if (askers[at].query === query) return true
  }
  return false
}

function findingsOf(all: Map<number, Findings>, report: number): Findings {
  let found = all.get(report)
  if (!found) {
    found = { candidates: [], makingCount: 0, notes: [] }
    all.set(report, found)
  }
  return found
}
