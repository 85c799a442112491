import { setTimeout as sleep } from 'node:timers/promises'
import { decodeKnownHash, type KnownHashChange } from '../../contract/known-hash.ts'
import { Rejection } from '../../contract/rejection.ts'
import { HASH_TYPE_NAMES, type HashType } from '../../hash/hash-type.ts'
import type { KnownSet, SetPosition } from '../../known/known-set.ts'
import type { Health } from '../../telemetry/health.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Consumption, EventLog, LogRecord } from '../../log/event-log.ts'
import type { FollowedSet } from '../live/match-stream.ts'
import { recordDigest, type TopicLandmarks } from '../topics/topic-landmarks.ts'
import { decodeTopicId, readTopicId, TOPIC_RECORD_KEY } from '../topics/topics.ts'

/** The part of a process's health that is the known set. */
export const KNOWN_SET_PART = 'known-set'
/** And that is the canaries among it: without them it is searched, but nobody can tell whether that works. */
const CANARY_ENTRIES_PART = 'canary-entries'

export interface KnownSetFeedOptions {
  readonly log: EventLog
  readonly topic: string
  readonly set: KnownSet
  /** Of a set that was read before: it is read on from its position. */
  readonly landmarks?: TopicLandmarks | undefined
  readonly minEntries: number
  /** Types whose canary must be there. */
  readonly canaryTypes?: readonly HashType[]
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
  /** The set is of no use any more, and the process must begin anew. */
  readonly onSetLost: (loss: SetLoss) => void
}

/**
 * The topic was deleted and made again, so that the set is of another history; or a change could not be applied, so
 * that nobody can say what the set is.
 */
export type SetLoss = 'topic-replaced' | 'change-not-applied'

/** Whether the topic still reaches to the set's position is looked at this often. */
const TOPIC_CHECK_MS = 5_000
/** What can't be said yet about the topic is asked again after so long. */
const DOUBT_MS = 500

interface Waiter {
  readonly offset: number
  readonly reached: () => void
}

/** Keeps a known set in step with the topic known-hashes, and says when it has reached a position. */
export class KnownSetFeed implements FollowedSet {
  readonly #options: KnownSetFeedOptions
  #consumption: Consumption | undefined
  #waiters: Waiter[] = []
  #startEnd = Infinity
  #topicRecordOffset: number | undefined
  #last: TopicLandmarks['last'] | undefined
  /** Types, as a text, that have been told of. */
  #missingCanaries = ''
  /** Resolves when the set may change again. */
  #hold: PromiseWithResolvers<void> | undefined
  #isLost = false
  /** Checks that are under way whether the topic is still the one that the set was read from. */
  #doubts = 0
  #check: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: KnownSetFeedOptions) {
    this.#options = options
    this.#topicRecordOffset = options.landmarks?.topicRecordOffset
    this.#last = options.landmarks?.last
    options.health.waitFor(KNOWN_SET_PART, 'not read yet')
  }

  /** Begins to read; resolves once reading has begun, not once the set is complete. */
  async start(): Promise<void> {
    const { log, topic, set } = this.#options
    const [{ end }] = await log.offsets(topic)
    this.#startEnd = end
    this.#consumption = await log.follow({
      topic,
      from: new Map([[0, set.position.offset]]),
      onBatch: async ({ records, nextOffset }) => {
        while (this.#hold) await this.#hold.promise
        this.#apply(records, nextOffset)
      },
      onInterrupted: () => void this.#makeSure(),
    })
    this.#report()
    this.#check = setInterval(() => {
      // While Kafka is away nothing can be said; the connection's own listener tells of it.
      this.#end().catch(() => {})
    }, TOPIC_CHECK_MS)
  }

  /** Resolves once everything that the topic holds at the time of the call has been applied and can be searched. */
  async catchUp(): Promise<void> {
    const { set } = this.#options
    const end = await this.#end()
    if (set.position.offset < end) {
      await new Promise<void>((reached) => this.#waiters.push({ offset: end, reached }))
    }
    await set.settle()
  }

  /** By which the topic is known again at the set's position; undefined before its record `_topic` was read. */
  get landmarks(): TopicLandmarks | undefined {
    return this.#topicRecordOffset === undefined || this.#last === undefined
      ? undefined
      : { topicRecordOffset: this.#topicRecordOffset, last: this.#last }
  }

  /** Lets changes wait, so that the set stays as it is, until the function that it returns is called. */
  hold(): () => void {
    if (this.#hold) throw new Error('The known set is held already: one snapshot at a time.')
    const hold = Promise.withResolvers<void>()
    this.#hold = hold
    return () => {
      if (this.#hold === hold) this.#hold = undefined
      hold.resolve()
    }
  }

  get position(): SetPosition {
    return this.#options.set.position
  }

  /** Whether the set may be matched against: named, and not suspiciously small. */
  get isUsable(): boolean {
    const { set, minEntries } = this.#options
    if (this.#isLost || this.#doubts > 0) return false
    return set.position.topicId !== undefined && this.#entries >= minEntries
  }

  /** Without canaries: a set of nothing else is empty. */
  get #entries(): number {
    const { set } = this.#options
    return set.entries - set.canaries
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#check)
    await this.#consumption?.stop()
  }

  /** The topic's end now. One that doesn't reach to the set's position is not the topic that the set was read from. */
  async #end(): Promise<number> {
    const { log, topic, set } = this.#options
    // Before the question: while it is answered the set may move on.
    const { offset } = set.position
    const [{ end }] = await log.offsets(topic)
    if (end < offset) this.#lose('topic-replaced')
    return end
  }

  /**
   * After an interruption: a topic that was made again and has grown past the set's position would be read on as if
   * nothing had happened. Until its record `_topic` says that it is the same, nothing is matched.
   */
  async #makeSure(): Promise<void> {
    const { log, topic, set } = this.#options
    if (set.position.topicId === undefined) return
    this.#doubts++
    this.#report()
    while (!this.#isStopped) {
      // While Kafka is away, or the record isn't written yet, nothing can be said.
      const topicId = await readTopicId(log, topic).catch(() => undefined)
      if (topicId !== undefined) {
        if (topicId !== set.position.topicId) this.#lose('topic-replaced')
        break
      }
      await sleep(DOUBT_MS)
    }
    this.#doubts--
    this.#report()
  }

  #lose(loss: SetLoss): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#options.onSetLost(loss)
    this.#report()
  }

  #apply(records: readonly LogRecord[], nextOffset: number): void {
    const { set } = this.#options
    for (const record of records) {
      if (this.#isLost) return
      const isTopicRecord = record.key?.toString('utf8') === TOPIC_RECORD_KEY
      // Of a topic that was made again its name comes at an offset that was read long ago.
      if (record.offset < set.position.offset && !isTopicRecord) continue
      if (isTopicRecord) this.#nameTopic(record)
      else this.#applyEntry(record)
      set.advance(record.offset + 1)
    }
    set.advance(nextOffset)
    set.publish()
    // While the set is first read, indexing can wait for all of it.
    if (set.position.offset >= this.#startEnd) set.maintain()
    const last = records.at(-1)
    if (last && last.offset > (this.#last?.offset ?? -1)) {
      this.#last = { offset: last.offset, sha256: recordDigest(last) }
    }
    const reached = this.#waiters.filter(({ offset }) => offset <= set.position.offset)
    this.#waiters = this.#waiters.filter(({ offset }) => offset > set.position.offset)
    for (const waiter of reached) waiter.reached()
    this.#report()
  }

  #applyEntry(record: LogRecord): void {
    const { key, value, refused } = record
    const change = refused ? new Rejection(refused.code) : decodeKnownHash(key, value)
    if (!(change instanceof Rejection)) {
      this.#applyChange(change, record.offset)
      return
    }
    this.#options.metrics.knownRejected.inc({ code: change.code })
    const { offset } = record
    this.#options.logger.error(
      { offset, reason: change.toString() },
      'A record of known-hashes is no entry: not applied',
    )
  }

  /** A change that fails halfway leaves a set that nobody can vouch for; to try again would make it worse. */
  #applyChange(change: KnownHashChange, offset: number): void {
    try {
      this.#options.set.apply(change, offset)
    } catch (error) {
      const { name } = error instanceof Error ? error : new Error()
      this.#options.logger.error({ offset, error: name }, 'A change of the known set failed')
      this.#lose('change-not-applied')
    }
  }

  #nameTopic(record: LogRecord): void {
    const topicId = decodeTopicId(record.value)
    const { set } = this.#options
    if (topicId === undefined) return
    if (set.position.topicId !== undefined && set.position.topicId !== topicId) {
      this.#lose('topic-replaced')
      return
    }
    set.setTopicId(topicId)
    this.#topicRecordOffset = record.offset
  }

  #report(): void {
    const { set, metrics, health, minEntries } = this.#options
    metrics.knownEntries.set(this.#entries)
    metrics.knownOffset.set(set.position.offset)
    for (const type of HASH_TYPE_NAMES) metrics.knownValues.set({ type }, set.liveValues(type))
    const { offset, topicId } = set.position
    if (this.#isLost) health.waitFor(KNOWN_SET_PART, 'of no use any more: the process must start again')
    else if (this.#doubts > 0)
      health.waitFor(KNOWN_SET_PART, 'reading was interrupted: is it the same topic?')
    else if (offset < this.#startEnd)
      health.waitFor(KNOWN_SET_PART, `reading known-hashes: at ${offset} of ${this.#startEnd}`)
    else if (topicId === undefined)
      health.waitFor(KNOWN_SET_PART, 'known-hashes has no record _topic: run topics apply')
    else if (!this.isUsable)
      health.waitFor(KNOWN_SET_PART, `${this.#entries} entries, fewer than minEntries ${minEntries}`)
    else health.ready(KNOWN_SET_PART)
    if (offset >= this.#startEnd) this.#reportCanaries()
  }

  #reportCanaries(): void {
    const { set, metrics, health, logger, topic, canaryTypes = [] } = this.#options
    const missing = canaryTypes.filter((type) => !set.hasCanary(type))
    for (const type of canaryTypes) metrics.knownCanary.set({ type }, missing.includes(type) ? 0 : 1)
    const names = missing.join(', ')
    if (names === this.#missingCanaries) return
    this.#missingCanaries = names
    if (names === '') {
      health.ready(CANARY_ENTRIES_PART)
      logger.info('The known set has its canaries again')
    } else {
      health.waitFor(CANARY_ENTRIES_PART, `${topic} has no canary of ${names}: run topics apply`)
      logger.error({ types: missing }, 'The known set has lost canaries, and perhaps more: run topics apply')
    }
  }
}
