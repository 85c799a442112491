// API keys by the compacted topic of keys. Every gateway follows it, so that a key that is revoked stops working everywhere.
import type { Consumption, EventLog, FollowedBatch, PartitionOffsets } from '../../log/event-log.ts'
import { Rejection } from '../../contract/rejection.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Health } from '../../telemetry/health.ts'
import { KEYS_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { Backoff } from '../../waiting/backoff.ts'
import { pause } from '../../waiting/pause.ts'
import type { Caller, CredentialRefusal, Credentials, Presented } from './credentials.ts'
import { KeyTable } from './key-table.ts'
import { Revocations } from './revocations.ts'

/** How often Kafka is asked whether all of the topic has been read, in milliseconds. */
const LOOK_MS = 1_000
const BACKOFF_MS = [1_000, 2_000, 5_000]
/** While Kafka doesn't answer, keys that were current this long ago, in milliseconds, are the last that let a request in. */
const CURRENT_MS = 30_000
/** After this many looks in a row that find unread records no key works: one of the records may revoke it. */
const BEHIND_LOOKS = 3
/** After this many looks in a row without any progress the topic is read by another reader. Joining takes seconds. */
const IDLE_LOOKS = 30
/**
 * The topic is read from its beginning this often, in milliseconds: one that was recreated, and has as many records as the old one
 * had, looks the same.
 */
const AFRESH_MS = 600_000

/** The topic answers, and yet its keys can't be relied on. */
class KeysUnreliableError extends Error {
  override readonly name = 'KeysUnreliableError'
}

/** One reader of the topic, and what it has read. */
class Reading {
  table: KeyTable
  /** The topic has been read up to here. */
  next = 0
  /** Looks in a row that found unread records, and those of them that found no progress either. */
  behindLooks = 0
  idleLooks = 0
  seenNext = 0
  consumption: Consumption | undefined

  constructor(revocations: Revocations) {
    this.table = new KeyTable(revocations)
  }

  async open({ log, topic }: KeyTopicOptions, take: (batch: FollowedBatch) => void): Promise<void> {
    this.consumption ??= await log.follow({ topic, from: 'earliest', onBatch: take })
  }

  /** Doesn't wait: a reader that stalled may not end, and what it still reads counts no longer. */
  drop(): void {
    this.consumption?.stop().catch(() => {})
  }
}

export interface KeyTopicOptions {
  readonly log: Pick<EventLog, 'follow' | 'offsets'>
  readonly topic: string
  readonly health: Health
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'gatewayKeys' | 'gatewayKeysRefused'>
  /** Milliseconds since 1970: keys expire by it. */
  readonly now?: () => number
  /** Milliseconds, of a clock that only rises. */
  readonly clock?: () => number
  readonly lookMs?: number
}

export class KeyTopic implements Credentials {
  readonly #options: KeyTopicOptions
  readonly #now: () => number
  readonly #clock: () => number
  readonly #stopping = new AbortController()
  readonly #following: Promise<void>
  /** Of all readings together. */
  readonly #revocations = new Revocations()
  #reading = new Reading(this.#revocations)
  /** Takes the place of the reading once it has read all. */
  #successor: Reading | undefined
  #beganMs: number
  /** When Kafka was asked, the last time that all of the topic turned out to be read. */
  #currentMs = -Infinity

  constructor(options: KeyTopicOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#clock = options.clock ?? (() => performance.now())
    this.#beganMs = this.#clock()
    options.health.waitFor(KEYS_PART, 'the topic of keys is not read yet')
    this.#following = this.#follow()
  }

  authenticate(presented: Presented): Caller | CredentialRefusal {
    if (this.#clock() - this.#currentMs > CURRENT_MS) return 'credentials-away'
    return this.#reading.table.authenticate(presented, this.#now())
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#following
  }

  async #follow(): Promise<void> {
    const { health, logger, lookMs = LOOK_MS } = this.#options
    const { signal } = this.#stopping
    const backoff = new Backoff(BACKOFF_MS)
    const trouble = new StateLog({
      logger,
      level: 'error',
      begins:
        'The topic of keys can’t be read: keys that are revoked now may work for 30 s, then no key works until it is read again',
      ends: 'The topic of keys is read again',
    })
    while (!signal.aborted) {
      const askedMs = this.#clock()
      try {
        if (await this.#look()) {
          this.#currentMs = askedMs
          health.ready(KEYS_PART)
          trouble.leave('keys')
        }
        backoff.reset()
        await pause(lookMs, signal)
      } catch (error) {
        if (signal.aborted) break
        const isUnreliable = error instanceof KeysUnreliableError
        if (isUnreliable) this.#currentMs = -Infinity
        health.waitFor(KEYS_PART, isUnreliable ? error.message : 'the topic of keys can’t be read')
        trouble.enter('keys', isUnreliable ? error.message : errorSummary(error))
        await pause(isUnreliable ? lookMs : backoff.nextMs(), signal)
      }
    }
    await Promise.all([this.#reading.consumption?.stop(), this.#successor?.consumption?.stop()])
  }

  /** Whether everything that the topic held when it was asked has been read. */
  async #look(): Promise<boolean> {
    const { log, topic } = this.#options
    const reading = this.#reading
    await reading.open(this.#options, (batch) => this.#take(reading, batch))
    const [first, ...more] = await log.offsets(topic)
    if (first === undefined || more.length > 0)
      throw new KeysUnreliableError(
        `topic ${topic} has ${more.length + (first ? 1 : 0)} partitions, and keys need exactly one: delete it, run \`hashwarden topics apply\`, and make the keys again`,
      )
    const { earliest, end } = first
    if (end < reading.next) {
      // The topic was recreated: what it held no longer counts.
      this.#beginAgain()
      throw new KeysUnreliableError('the topic of keys was recreated, and is not read yet')
    }
    // Of what compaction has removed no batch may come.
    if (end === earliest) reading.next = end
    if (reading.next >= end) {
      reading.behindLooks = reading.idleLooks = 0
      await this.#readAfresh(first)
      return true
    }
    this.#noteBehind(reading)
    return false
  }

  #noteBehind(reading: Reading): void {
    reading.idleLooks = reading.next > reading.seenNext ? 0 : reading.idleLooks + 1
    reading.seenNext = reading.next
    reading.behindLooks++
    const isStalled = reading.idleLooks >= IDLE_LOOKS
    if (isStalled) this.#beginAgain()
    // At the start no key works yet.
    if (isStalled || (reading.behindLooks >= BEHIND_LOOKS && this.#currentMs !== -Infinity))
      throw new KeysUnreliableError('the topic of keys has records that are not read')
  }

  #beginAgain(): void {
    this.#reading.drop()
    this.#successor?.drop()
    this.#successor = undefined
    this.#reading = new Reading(this.#revocations)
    this.#beganMs = this.#clock()
  }

  /** From time to time another reading begins, beside the one that counts until all is read. */
  async #readAfresh({ earliest, end }: PartitionOffsets): Promise<void> {
    if (this.#successor === undefined && this.#clock() - this.#beganMs < AFRESH_MS) return
    const successor = (this.#successor ??= new Reading(this.#revocations))
    await successor.open(this.#options, (batch) => this.#take(successor, batch))
    const isRead = successor.next >= end || end === earliest
    if (!isRead && ++successor.behindLooks < IDLE_LOOKS) return
    this.#successor = undefined
    this.#beganMs = this.#clock()
    if (!isRead) {
      successor.drop()
      return
    }
    this.#reading.drop()
    this.#reading = successor
    successor.next = Math.max(successor.next, end)
    successor.behindLooks = 0
    this.#options.metrics.gatewayKeys.set(successor.table.size)
  }

  #take(reading: Reading, { partition, records, nextOffset }: FollowedBatch): void {
    const counts = reading === this.#reading
    if ((!counts && reading !== this.#successor) || partition !== 0) return
    const { metrics, logger } = this.#options
    if (nextOffset < reading.next) {
      // Of a topic that was recreated.
      reading.table = new KeyTable(this.#revocations)
      if (counts) this.#currentMs = -Infinity
    }
    for (const record of records) {
      const applied = reading.table.apply(record, this.#now())
      if (applied === 'taken' || !counts) continue
      metrics.gatewayKeysRefused.inc()
      const why = applied instanceof Rejection ? { code: applied.code, at: applied.at } : { code: applied }
      logger.error(
        { offset: record.offset, ...why },
        'A record of the topic of keys is refused, and so is its key',
      )
    }
    reading.next = nextOffset
    if (counts) metrics.gatewayKeys.set(reading.table.size)
  }
}
