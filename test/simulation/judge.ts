// What must hold in every simulation, told by brute force from what the topics hold. The judge sees each record and each
// commit at the moment at which the broker carries it out.
import { isDeepStrictEqual } from 'node:util'
import { isCanaryReport } from '../../src/contract/canary.ts'
import { decodeDeadLetter } from '../../src/contract/dead-letter.ts'
import { mergeHits } from '../../src/contract/hit-merge.ts'
import { compareEntries, compareMatches, decodeHit, hitId, type Hit } from '../../src/contract/hit.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport, reportDigest, type Report } from '../../src/contract/report.ts'
import type { LogRecord } from '../../src/stream/event-log.ts'
import type { MemoryLog } from '../../src/stream/memory-log.ts'
import { decodePosition } from '../../src/stream/set-position.ts'
import type { TopicNames } from '../../src/stream/topics.ts'
import { naivePartOf, type NaiveHit, type NaiveMatcher } from '../matcher/naive-matcher.ts'
import { KnownHistory } from './history.ts'
import type { SeenCommit } from './process-log.ts'

/** A promise that was not kept. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise'
}

/** A record of the report topic: a report, or what is none. */
interface Submitted {
  readonly report: Report | undefined
  /** `topic-partition-offset`, as a dead letter names it. */
  readonly place: string
}

export interface JudgeOptions {
  readonly log: MemoryLog
  readonly topics: TopicNames
  readonly naive: NaiveMatcher
  /** The group of the matchers. */
  readonly group: string
}

export class Judge {
  readonly history: KnownHistory
  readonly #options: JudgeOptions
  readonly #submitted = new Map<number, Submitted[]>()
  /** Of each hit id the reports that were submitted under it, by their digest. */
  readonly #byHitId = new Map<string, Map<string, Report>>()
  readonly #hits = new Map<string, Hit[]>()
  readonly #deadLetters = new Map<string, string>()
  /** Of each partition the position that a commit which is made in time can't be below. */
  readonly #leastPosition = new Map<number, number>()
  /** Of each partition the greatest offset ever committed. */
  readonly #doneTo = new Map<number, number>()
  #lookedBackTo = 0
  #verdict: BrokenPromise | undefined

  constructor(options: JudgeOptions) {
    this.#options = options
    this.history = new KnownHistory(options.naive)
  }

  /** The first promise that was broken, if any. */
  get verdict(): BrokenPromise | undefined {
    return this.#verdict
  }

  /** How much there was to judge. */
  get sightings(): Readonly<Record<string, number>> {
    const hits = [...this.#hits.values()]
    return {
      reports: this.#submitted.values().reduce((sum, { length }) => sum + length, 0),
      hits: hits.length,
      'retroactive hits': hits.filter((ofOne) => ofOne.every(({ retroactive }) => retroactive)).length,
      'hits of differing reports': hits.filter(
        (ofOne) => new Set(ofOne.map(({ reportDigest: one }) => one)).size > 1,
      ).length,
      'hits merged': hits.filter(({ length }) => length > 1).length,
      'dead letters': this.#deadLetters.size,
    }
  }

  async watch(): Promise<void> {
    const { log, topics } = this.#options
    const follow = (topic: string, see: (record: LogRecord, partition: number) => void): Promise<unknown> =>
      log.follow({
        topic,
        from: 'earliest',
        onRecords: (partition, records) => {
          for (const record of records) see(record, partition)
        },
      })
    await follow(topics.knownHashes, (record) => this.history.apply(record))
    await follow(topics.reports, (record, partition) => this.#seeReport(record, partition))
    await follow(topics.hits, (record) => this.#seeHit(record))
    await follow(topics.deadLetters, ({ value }) => this.#seeDeadLetter(value))
  }

  onCommit(commit: SeenCommit): void {
    if (commit.group === this.#options.group) this.#seeCommit(commit)
    else this.#lookedBackTo = commit.offset
  }

  /** Changes of known-hashes before this offset have been held against retained reports. */
  get lookedBackTo(): number {
    return this.#lookedBackTo
  }

  /** Whether live matching has come to these offsets. */
  hasCommitted(ends: ReadonlyMap<number, number>): boolean {
    return ends.entries().every(([partition, end]) => (this.#doneTo.get(partition) ?? 0) >= end)
  }

  /** The end of each partition of reports. */
  ends(): ReadonlyMap<number, number> {
    return new Map(this.#submitted.entries().map(([partition, { length }]) => [partition, length]))
  }

  /** Once all is quiet: what live and retro found together is what brute force over the final set finds. */
  judgeAll(): void {
    const { newest } = this.history
    for (const [id, reports] of this.#byHitId) {
      const [first, ...more] = this.#hits.get(id) ?? []
      const merged = first && more.reduce(mergeHits, first)
      for (const report of reports.values()) {
        const naive = newest.hitOf(report)
        if (!naive) continue
        if (!merged) return this.#condemn(`${report.reportId} matches the final set and has no hit`)
        const missing = missingIn(merged, naive)
        if (missing) return this.#condemn(`the merged hit of ${report.reportId} lacks ${missing}`)
      }
      const found = new Set([first, ...more].map((hit) => hit?.reportDigest))
      if (merged && (merged.reportsDiffer === true) !== found.size > 1)
        return this.#condemn(
          `the merged hit ${merged.report.reportId} does not say whether its reports differ`,
        )
    }
  }

  #condemn(what: string): void {
    this.#verdict ??= new BrokenPromise(what)
  }

  #seeReport({ value, offset }: LogRecord, partition: number): void {
    const { topics } = this.#options
    const report = decodeReport(value)
    const records = this.#submitted.get(partition) ?? []
    this.#submitted.set(partition, records)
    const place = `${topics.reports}-${partition}-${offset}`
    if (report instanceof Rejection) records.push({ report: undefined, place })
    else {
      const id = hitId(report.platform, report.reportId)
      const ofId = this.#byHitId.get(id) ?? new Map<string, Report>()
      // What is reported again is one object, so that it is judged once.
      const digest = reportDigest(report)
      const known = ofId.get(digest) ?? report
      ofId.set(digest, known)
      if (!isCanaryReport(report)) this.#byHitId.set(id, ofId)
      records.push({ report: known, place })
    }
  }

  #seeHit({ value, key }: LogRecord): void {
    const hit = decodeHit(value)
    if (hit instanceof Rejection) return this.#condemn(`a record of the hits is none: ${hit.toString()}`)
    if (key?.toString() !== hit.hitId) this.#condemn('a hit stands under another key than its id')
    const report = this.#byHitId.get(hit.hitId)?.get(hit.reportDigest)
    if (!report) return this.#condemn('a hit is of no report that was submitted')
    const { offset, digest, entries } = hit.knownSet
    const state = this.history.at(offset)
    if (digest !== state.digest || entries !== state.entries.length)
      this.#condemn(`the hit of ${report.reportId} names another set than there was at ${offset}`)
    const naive = state.hitOf(report)
    if (!naive || !isDeepStrictEqual(naivePartOf(hit), naive))
      this.#condemn(`the hit of ${report.reportId} is not what the set at ${offset} says`)
    const ofOne = this.#hits.get(hit.hitId)
    if (ofOne) ofOne.push(hit)
    else this.#hits.set(hit.hitId, [hit])
  }

  #seeDeadLetter(value: Buffer | null): void {
    const letter = decodeDeadLetter(value)
    if (letter instanceof Rejection) return this.#condemn(`a dead letter is none: ${letter.toString()}`)
    const { topic, partition, offset, reason } = letter
    const submitted = this.#submitted.get(partition)?.at(offset)
    if (!submitted) return this.#condemn('a dead letter points to no record')
    if (submitted.report && reason.code !== 'kills-matcher')
      this.#condemn(`the report ${submitted.report.reportId} became a dead letter: ${reason.code}`)
    this.#deadLetters.set(`${topic}-${partition}-${offset}`, reason.code)
  }

  #seeCommit({ partition, offset, metadata, mayBeLate }: SeenCommit): void {
    const position = decodePosition(metadata)?.offset
    if (position === undefined) return this.#condemn('a commit says no position of the set')
    if (position > this.history.end) this.#condemn('a commit says a position beyond the end of known-hashes')
    const least = this.#leastPosition.get(partition) ?? 0
    if (position < least && !mayBeLate) this.#condemn(`along partition ${partition} the set went back`)
    this.#leastPosition.set(partition, mayBeLate ? Math.min(least, position) : position)
    // What is behind an offset is done, and perhaps done again: a commit whose answer is lost is made again, of less.
    const from = this.#doneTo.get(partition) ?? 0
    this.#doneTo.set(partition, Math.max(from, offset))
    for (const submitted of (this.#submitted.get(partition) ?? []).slice(from, offset))
      this.#judgeCommitted(submitted, position)
  }

  /** A report that is committed was matched against the set at this position or a later one, and its hit is written. */
  #judgeCommitted({ report, place }: Submitted, position: number): void {
    const letter = this.#deadLetters.get(place)
    if (!report) {
      if (letter === undefined) this.#condemn(`${place} is no report, was committed and has no dead letter`)
      return
    }
    if (isCanaryReport(report) || letter !== undefined) return
    for (let at = position; at <= this.history.end; at++) if (!this.history.at(at).hitOf(report)) return
    const hits = this.#hits.get(hitId(report.platform, report.reportId)) ?? []
    const isOfThis = (hit: Hit): boolean =>
      hit.reportDigest === reportDigest(report) && !hit.retroactive && hit.knownSet.offset >= position
    if (!hits.some(isOfThis))
      this.#condemn(`${report.reportId} was committed with position ${position} and its hit is not there`)
  }
}

/** What of these matches a merged hit lacks. */
function missingIn(merged: Hit, naive: NaiveHit): string | undefined {
  for (const match of naive.matches) {
    const there = merged.matches.find((one) => compareMatches(one, match) === 0)
    if (!there) return `a match of type ${match.type} at distance ${match.distance}`
    for (const entry of match.known)
      if (!there.known.some((one) => compareEntries(one, entry) === 0))
        return `the entry ${entry.source}:${entry.sourceId} of a match of type ${match.type}`
  }
  return undefined
}
