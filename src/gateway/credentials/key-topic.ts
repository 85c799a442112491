// API keys by the compacted topic of keys. Every gateway follows it, so that a key that is revoked stops working everywhere.
import type { Consumption, EventLog, FollowedBatch } from '../../log/event-log.ts'
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

/** How often Kafka is asked whether all of the topic has been read, in milliseconds. */
const LOOK_MS = 1_000
const BACKOFF_MS = [1_000, 2_000, 5_000]
/** Keys that may be out of date by more than this, in milliseconds, let no request in. */
const CURRENT_MS = 30_000

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
}

export class KeyTopic implements Credentials {
  readonly #options: KeyTopicOptions
  readonly #now: () => number
  readonly #clock: () => number
  readonly #table = new KeyTable()
  readonly #stopping = new AbortController()
  readonly #following: Promise<void>
  #reading: Consumption | undefined
  /** The topic has been read up to here. */
  #next = 0
  /** When all of the topic had been read, the last time. */
  #currentMs = -Infinity

  constructor(options: KeyTopicOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#clock = options.clock ?? (() => performance.now())
    options.health.waitFor(KEYS_PART, 'the topic of keys is not read yet')
    this.#following = this.#follow()
  }

  authenticate(presented: Presented): Caller | CredentialRefusal {
    if (this.#clock() - this.#currentMs > CURRENT_MS) return 'credentials-away'
    return this.#table.authenticate(presented, this.#now())
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#following
  }

  async #follow(): Promise<void> {
    const { health, logger } = this.#options
    const { signal } = this.#stopping
    const backoff = new Backoff(BACKOFF_MS)
    const trouble = new StateLog({
      logger,
      level: 'error',
      begins:
        'The topic of keys can’t be read: keys that are revoked now still work for 30 s, then no key works until it is read again',
      ends: 'The topic of keys is read again',
    })
    while (!signal.aborted) {
      try {
        if (await this.#look()) {
          this.#currentMs = this.#clock()
          health.ready(KEYS_PART)
          backoff.reset()
          trouble.leave('keys')
        }
        await pause(LOOK_MS, signal)
      } catch (error) {
        if (signal.aborted) break
        health.waitFor(KEYS_PART, 'the topic of keys can’t be read')
        trouble.enter('keys', errorSummary(error))
        await pause(backoff.nextMs(), signal)
      }
    }
    await this.#reading?.stop()
  }

  /** Whether everything that the topic held when it was asked has been read. */
  async #look(): Promise<boolean> {
    const { log, topic } = this.#options
    this.#reading ??= await log.follow({
      topic,
      from: 'earliest',
      onBatch: (batch) => this.#take(batch),
    })
    const [{ earliest, end }] = await log.offsets(topic)
    if (end < this.#next) await this.#beginAgain()
    // Of what compaction has removed no batch may come.
    if (end > earliest) return this.#next >= end
    this.#next = end
    return true
  }

  /** The topic was recreated: what it held no longer counts. */
  async #beginAgain(): Promise<void> {
    const reading = this.#reading
    this.#reading = undefined
    this.#next = 0
    this.#table.clear()
    await reading?.stop()
    // Batches that came meanwhile.
    this.#next = 0
    this.#table.clear()
  }

  #take({ records, nextOffset }: Pick<FollowedBatch, 'records' | 'nextOffset'>): void {
    const { metrics, logger } = this.#options
    // Of a topic that was recreated.
    if (nextOffset < this.#next) this.#table.clear()
    for (const record of records) {
      const applied = this.#table.apply(record)
      if (applied === 'taken') continue
      metrics.gatewayKeysRefused.inc()
      const why = applied instanceof Rejection ? { code: applied.code, at: applied.at } : { code: applied }
      logger.error(
        { offset: record.offset, ...why },
        'A record of the topic of keys is refused, and so is its key',
      )
    }
    this.#next = nextOffset
    metrics.gatewayKeys.set(this.#table.size)
  }
}
