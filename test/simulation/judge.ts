// What must hold in every simulation, told by brute force from what the topics hold. The judge sees each record and each
// commit at the moment at which the broker carries it out.
import { isDeepStrictEqual } from 'node:util'
import { isCanaryReport } from '../../src/contract/canary.ts'
import { decodeDeadLetter } from '../../src/contract/dead-letter.ts'
import { mergeHits } from '../../src/contract/hit-merge.ts'
import { compareEntries, compareMatches, decodeHit, hitId, type Hit } from '../../src/contract/hit.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport, reportDigest, type Report } from '../../src/contract/report.ts'
import { partitionName, type LogRecord, type TopicPartition } from '../../src/log/event-log.ts'
import type { BendableLog } from '../log/bendable-log.ts'
import { decodePosition } from '../../src/stream/live/set-position.ts'
import { platformOf, type TopicNames } from '../../src/stream/topics/report-topics.ts'
import { naivePartOf, type NaiveHit, type NaiveMatcher } from '../matcher/naive-matcher.ts'
import { KnownHistory } from './history.ts'
import type { SeenCommit } from './process-log.ts'

/** A promise that was not kept. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise'
}

/** A record of the report topic: a report, or something else. */
interface Submitted {
  readonly report: Report | undefined
  /** Names the record. */
  readonly place: string
}

export interface JudgeOptions {
  readonly log: BendableLog
  readonly topics: TopicNames
  readonly naive: NaiveMatcher
  /** The group of the matchers. */
  readonly group: string
}

export class Judge {
  readonly history: KnownHistory
  readonly #options: JudgeOptions
  /** By offset; undefined: a gap. */
  readonly #submitted = new Map<string, (Submitted | undefined)[]>()
  readonly #watched = new Set<string>()
  /** Of each hit id the reports that were submitted under it, by their digest. */
  readonly #byHitId = new Map<string, Map<string, Report>>()
  readonly #hits = new Map<string, Hit[]>()
  readonly #deadLetters = new Map<string, string>()
  /** Of each partition the position that a commit which is made in time can't be below. */
  readonly #leastPosition = new Map<string, number>()
  readonly #greatestPosition = new Map<string, number>()
  /** Of each partition the greatest offset ever committed. */
  readonly #doneTo = new Map<string, number>()
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
    const { topics } = this.#options
    await this.#follow(
      topics.knownHashes,
      (record) => this.history.apply(record),
      (_, nextOffset) => this.history.skipTo(nextOffset),
    )
    await this.#follow(topics.hits, (record) => this.#seeHit(record))
    await this.#follow(topics.deadLetters, ({ value }) => this.#seeDeadLetter(value))
  }

  /** These topics of reports, and those that it watches already. */
  async watchReports(reportTopics: readonly string[]): Promise<void> {
    for (const topic of reportTopics) {
      if (this.#watched.has(topic)) continue
      this.#watched.add(topic)
      await this.#follow(
        topic,
        (record, partition) => this.#seeReport(record, { topic, partition }),
        (partition, nextOffset) => this.#skipTo({ topic, partition }, nextOffset),
      )
    }
  }

  onCommit(commit: SeenCommit): void {
    if (commit.group === this.#options.group) this.#seeCommit(commit)
    else this.#seeLookBack(commit)
  }

  /** Changes of known-hashes before this offset have been held against retained reports. */
  get lookedBackTo(): number {
    return this.#lookedBackTo
  }

  /** Whether live matching has come to these offsets. */
  hasCommitted(ends: ReadonlyMap<string, number>): boolean {
    return ends.entries().every(([name, end]) => (this.#doneTo.get(name) ?? 0) >= end)
  }

  /** The end of each partition of reports. */
  ends(): ReadonlyMap<string, number> {
    return new Map(this.#submitted.entries().map(([name, { length }]) => [name, length]))
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

  async #follow(
    topic: string,
    see: (record: LogRecord, partition: number) => void,
    skipTo: (partition: number, nextOffset: number) => void = () => {},
  ): Promise<void> {
    await this.#options.log.follow({
      topic,
      from: 'earliest',
      onBatch: ({ partition, records, nextOffset }) => {
        for (const record of records) see(record, partition)
        skipTo(partition, nextOffset)
      },
    })
  }

  /** Offsets before this one that held no record are gaps. */
  #skipTo(at: TopicPartition, offset: number): (Submitted | undefined)[] {
    const name = partitionName(at)
    const records = this.#submitted.get(name) ?? []
    this.#submitted.set(name, records)
    while (records.length < offset) records.push(undefined)
    return records
  }

  #seeReport({ value, offset }: LogRecord, at: TopicPartition): void {
    const platform = platformOf(this.#options.topics, at.topic)
    const report = decodeReport(value)
    const name = partitionName(at)
    const records = this.#skipTo(at, offset)
    const place = `${name}-${offset}`
    const isOthers =
      !(report instanceof Rejection) &&
      platform !== undefined &&
      report.platform !== platform &&
      !isCanaryReport(report)
    if (isOthers) records.push({ report: undefined, place })
    else if (report instanceof Rejection) records.push({ report: undefined, place })
    else {
      const id = hitId(report.platform, report.reportId)
      const ofId = this.#byHitId.get(id) ?? new Map<string, Report>()
      // A report that comes again is one object, so that it is judged once.
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
    const name = partitionName({ topic, partition })
    const submitted = this.#submitted.get(name)?.at(offset)
    if (!submitted) return this.#condemn('a dead letter points to no record')
    if (submitted.report && reason.code !== 'kills-matcher')
      this.#condemn(`the report ${submitted.report.reportId} became a dead letter: ${reason.code}`)
    this.#deadLetters.set(`${name}-${offset}`, reason.code)
  }

  #seeCommit({ topic, partition, offset, metadata, mayBeLate }: SeenCommit): void {
    const name = partitionName({ topic, partition })
    const position = decodePosition(metadata)?.offset
    if (position === undefined) return this.#condemn('a commit says no position of the set')
    if (position > this.history.end) this.#condemn('a commit says a position beyond the end of known-hashes')
    const least = this.#leastPosition.get(name) ?? 0
    if (position < least && !mayBeLate) this.#condemn(`along ${name} the set went back`)
    this.#greatestPosition.set(name, Math.max(this.#greatestPosition.get(name) ?? 0, position))
    this.#leastPosition.set(name, mayBeLate ? Math.min(least, position) : position)
    // Work behind an offset is done, and perhaps done again: a commit whose answer is lost is made again, of less.
    const from = this.#doneTo.get(name) ?? 0
    this.#doneTo.set(name, Math.max(from, offset))
    for (const submitted of (this.#submitted.get(name) ?? []).slice(from, offset))
      if (submitted) this.#judgeCommitted(submitted, position)
  }

  /** Looking back has ended a round only once each partition was matched live against all changes of it. */
  #seeLookBack({ offset, mayBeLate }: SeenCommit): void {
    const from = this.#lookedBackTo
    this.#lookedBackTo = offset
    if (mayBeLate || !this.history.hasChanged(from, offset)) return
    for (const [name, position] of this.#greatestPosition)
      if (position < offset) this.#condemn(`a look back to ${offset} ended with ${name} at ${position}`)
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
