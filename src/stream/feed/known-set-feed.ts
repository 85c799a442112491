// Keeps a known set in step with the topic known-hashes.
import { decodeKnownHash, type KnownHashChange } from '../../contract/known-hash.ts'
import { Rejection } from '../../contract/rejection.ts'
import { HASH_TYPE_NAMES, type HashType } from '../../hash/hash-type.ts'
import type { KnownSet, SetPosition } from '../../known/known-set.ts'
import type { Health } from '../../telemetry/health.ts'
import { CANARY_ENTRIES_PART, KNOWN_SET_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Consumption, EventLog, LogRecord } from '../../log/event-log.ts'
import { TopicGoneError } from '../../log/topic-gone.ts'
import { recordAt, recordDigest, type TopicLandmarks } from '../topics/topic-landmarks.ts'
import { decodeTopicId, readTopicId, TOPIC_RECORD_KEY } from '../topics/topics.ts'
import { pause } from '../../waiting/pause.ts'
import type { FollowedSet } from './followed-set.ts'
import { FeedStoppedError, SetLostError, type SetLoss } from './set-errors.ts'

export interface KnownSetFeedOptions {
  readonly log: EventLog
  readonly topic: string
  readonly set: KnownSet
  /** Of a set from a snapshot: the feed reads on from its position. */
  readonly landmarks?: TopicLandmarks | undefined
  readonly minEntries: number
  /** Hash types whose canary the set must have. */
  readonly canaryTypes?: readonly HashType[]
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
}

/** How often the feed checks that the topic still reaches to the set's position. */
const TOPIC_CHECK_MS = 5_000
/** Pause before the next attempt to read the record `_topic` after an interruption. */
const DOUBT_MS = 500

/** A caller of catchUp that waits until the set has reached an offset. */
interface Waiter extends Pick<PromiseWithResolvers<void>, 'resolve' | 'reject'> {
  readonly offset: number
}

/** Keeps a known set in step with the topic known-hashes, and says when it has reached a position. */
export class KnownSetFeed implements FollowedSet {
  readonly #options: KnownSetFeedOptions
  #consumption: Consumption | undefined
  #waiters: Waiter[] = []
  #startEnd = Infinity
  #topicRecordOffset: number | undefined
  #last: TopicLandmarks['last'] | undefined
  /** The types whose missing canary the log names already, as a text. */
  #missingCanaries = ''
  /** Whether the log says already that the set is too small. */
  #isTooSmall = false
  /** Resolves when the set may change again. */
  #hold: PromiseWithResolvers<void> | undefined
  readonly #lost = new AbortController()
  /** Running checks whether the topic is still the one that the set was read from. */
  #doubts = 0
  #check: NodeJS.Timeout | undefined
  readonly #stopping = new AbortController()
  /** A start and looks at the topic: the feed has ended when they have. */
  readonly #inWork = new Set<Promise<unknown>>()

  constructor(options: KnownSetFeedOptions) {
    this.#options = options
    this.#topicRecordOffset = options.landmarks?.topicRecordOffset
    this.#last = options.landmarks?.last
    options.health.waitFor(KNOWN_SET_PART, 'not read yet')
  }

  /** Begins to read; resolves once reading has begun, not once the set is complete. */
  start(): Promise<void> {
    return this.#track(this.#start())
  }

  async #start(): Promise<void> {
    const { log, topic, set } = this.#options
    const [{ end }] = await log.offsets(topic)
    this.#startEnd = end
    const consumption = await log.follow({
      topic,
      from: new Map([[0, set.position.offset]]),
      onBatch: async ({ records, nextOffset }) => {
        while (this.#hold) await this.#hold.promise
        if (this.#stopping.signal.aborted) return
        this.#apply(records, nextOffset)
      },
      onInterrupted: () => void this.#track(this.#makeSure()),
    })
    if (this.#stopping.signal.aborted) return consumption.stop()
    this.#consumption = consumption
    this.#report()
    this.#check = setInterval(() => {
      // While Kafka is away, the connection's own listener reports that.
      this.#end().catch(() => {})
    }, TOPIC_CHECK_MS)
  }

  /**
   * Resolves once the set has everything that the topic holds at the time of the call, ready to be searched.
   * @throws SetLostError, FeedStoppedError, and what the log throws while Kafka is away.
   */
  async catchUp(): Promise<void> {
    const { set } = this.#options
    const end = await this.#end()
    this.#throwIfEnded()
    if (set.position.offset < end) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      this.#waiters.push({ offset: end, resolve, reject })
      await promise
    }
    await set.settle()
    await this.#track(this.#recognise())
    this.#throwIfEnded()
  }

  /** Aborts with a SetLostError once the set is of no use any more. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** What proves later that the topic is still the same one; undefined before its record `_topic` was read. */
  get landmarks(): TopicLandmarks | undefined {
    return this.#topicRecordOffset === undefined || this.#last === undefined
      ? undefined
      : { topicRecordOffset: this.#topicRecordOffset, last: this.#last }
  }

  /** Holds changes back, so that the set stays as it is. Call the function that it returns to let them go on. */
  hold(): () => void {
    if (this.#hold) throw new Error('The known set is held already: write one snapshot at a time.')
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

  /** Not lost, not in doubt, named, and of at least minEntries. Says nothing of completeness: await catchUp for that. */
  get isUsable(): boolean {
    const { set, minEntries } = this.#options
    if (this.lost.aborted || this.#doubts > 0) return false
    return set.position.topicId !== undefined && this.#entries >= minEntries
  }

  /** Without canaries: a set of nothing else is empty. */
  get #entries(): number {
    const { set } = this.#options
    return set.entries - set.canaries
  }

  /** Ends reading, and every catchUp that still waits. Resolves when nothing of the feed uses the log any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new FeedStoppedError())
    clearInterval(this.#check)
    this.#rejectWaiters(new FeedStoppedError())
    await Promise.all([this.#consumption?.stop(), Promise.allSettled(this.#inWork)])
  }

  #throwIfEnded(): void {
    this.lost.throwIfAborted()
    this.#stopping.signal.throwIfAborted()
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#inWork.add(work)
    try {
      return await work
    } finally {
      this.#inWork.delete(work)
    }
  }

  #rejectWaiters(reason: Error): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const { reject } of waiters) reject(reason)
  }

  /** The topic's end now. If it lies before the set's position, the set was read from another topic. */
  async #end(): Promise<number> {
    const { log, topic, set } = this.#options
    // Read before the request: the set may move on while Kafka answers.
    const { offset } = set.position
    const [{ end }] = await log.offsets(topic)
    if (end < offset) this.#lose('topic-replaced')
    return end
  }

  /**
   * A topic that was created again may end where the set's position is, and reading it may not have been interrupted yet:
   * the record `_topic` is asked for where it was.
   */
  async #recognise(): Promise<void> {
    const { log, topic, set } = this.#options
    const { topicId } = set.position
    const { signal } = this.#stopping
    if (topicId === undefined || this.#topicRecordOffset === undefined) return
    signal.throwIfAborted()
    // Another UUID, or none: compaction has removed the record since, because it was written once more.
    const record = await recordAt(log, topic, this.#topicRecordOffset, signal).catch((error: unknown) => {
      if (error instanceof TopicGoneError) return undefined
      throw error
    })
    if (record?.topicId !== topicId) await this.#makeSure()
  }

  /**
   * After an interruption: if the topic was created again and has grown past the set's position, reading would go on in
   * it unnoticed. Until its record `_topic` proves that it is the same topic, the set may not be matched against.
   */
  async #makeSure(): Promise<void> {
    const { log, topic, set } = this.#options
    const { signal } = this.#stopping
    if (set.position.topicId === undefined) return
    this.#doubts++
    this.#report()
    while (!signal.aborted) {
      // No answer while Kafka is away, or before the record is written.
      const topicId = await readTopicId(log, topic, signal).catch(() => undefined)
      if (topicId !== undefined) {
        if (topicId !== set.position.topicId) this.#lose('topic-replaced')
        break
      }
      await pause(DOUBT_MS, signal)
    }
    this.#doubts--
    this.#report()
  }

  #lose(loss: SetLoss): void {
    if (this.lost.aborted) return
    const error = new SetLostError(loss, this.#options.topic)
    this.#lost.abort(error)
    this.#rejectWaiters(error)
    this.#report()
  }

  #apply(records: readonly LogRecord[], nextOffset: number): void {
    const { set } = this.#options
    if (this.lost.aborted) return
    for (const record of records) {
      const isTopicRecord = record.key?.toString('utf8') === TOPIC_RECORD_KEY
      // A recreated topic starts at offset 0, so its record `_topic` arrives below our position: don't skip it.
      if (record.offset < set.position.offset && !isTopicRecord) continue
      if (isTopicRecord) this.#nameTopic(record)
      else this.#applyEntry(record)
      // The position stays before a change that was not applied, so that no commit can claim it.
      if (this.lost.aborted) return
      set.advance(record.offset + 1)
    }
    set.advance(nextOffset)
    set.publish()
    // During the first reading, indexing waits until all of it is there.
    if (set.position.offset >= this.#startEnd) set.maintain()
    const last = records.at(-1)
    if (last && last.offset > (this.#last?.offset ?? -1)) {
      this.#last = { offset: last.offset, sha256: recordDigest(last) }
    }
    const reached = this.#waiters.filter(({ offset }) => offset <= set.position.offset)
    this.#waiters = this.#waiters.filter(({ offset }) => offset > set.position.offset)
    for (const { resolve } of reached) resolve()
    this.#report()
  }

  #applyEntry(record: LogRecord): void {
    const { key, value, refused } = record
    const change = refused ? new Rejection(refused.code) : decodeKnownHash(key, value)
    if (change === 'not-searched') return
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

  /** A change that fails halfway leaves the set in an unknown state; a second attempt would make that worse. */
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
    if (this.lost.aborted) health.waitFor(KNOWN_SET_PART, 'lost: the process must start again')
    else if (this.#doubts > 0)
      health.waitFor(KNOWN_SET_PART, 'reading was interrupted: is it the same topic?')
    else if (offset < this.#startEnd)
      health.waitFor(KNOWN_SET_PART, `reading known-hashes: at ${offset} of ${this.#startEnd}`)
    else if (topicId === undefined)
      health.waitFor(KNOWN_SET_PART, 'known-hashes has no record _topic: run topics apply')
    else if (!this.isUsable)
      health.waitFor(KNOWN_SET_PART, `${this.#entries} entries, fewer than minEntries ${minEntries}`)
    else health.ready(KNOWN_SET_PART)
    if (offset < this.#startEnd || this.lost.aborted) return
    this.#reportSize()
    this.#reportCanaries()
  }

  #reportSize(): void {
    const { logger, minEntries } = this.#options
    const entries = this.#entries
    if (entries < minEntries === this.#isTooSmall) return
    this.#isTooSmall = entries < minEntries
    if (this.#isTooSmall)
      logger.error(
        { entries, minEntries },
        'The known set has fewer entries than match.minEntries: nothing is matched until it has more',
      )
    else logger.info({ entries, minEntries }, 'The known set has as many entries as match.minEntries demands')
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
