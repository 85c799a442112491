// Keeps the shared files in step with topic known-hashes.
import { decodeEntry } from '../../contract/known-hash.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { Consumption, EventLog, LogRecord } from '../../log/event-log.ts'
import { decodeTopicId, readTopicId, TOPIC_RECORD_KEY } from '../../stream/topics/topics.ts'
import type { Health } from '../../telemetry/health.ts'
import { KNOWN_HASHES_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { pause } from '../../waiting/pause.ts'
import { SharedFiles } from './shared-files.ts'

/** How often the feed asks for the topic's end while no reader does, in milliseconds. */
const CHECK_MS = 5_000
const DOUBT_MS = 500

/** The topic was recreated: what was read of it says nothing of the new one. */
class SharedSetLostError extends Error {
  readonly code = 'SHARED_SET_LOST'
  override readonly name = 'SharedSetLostError'
  constructor(topic: string) {
    super(
      `${topic} was recreated, so offsets mean something else now: start this process again. Readers have to begin again, too.`,
    )
  }
}

export interface ShareFeedOptions {
  readonly log: EventLog
  readonly topic: string
  readonly files: SharedFiles
  readonly metrics: Pick<Metrics, 'knownRejected' | 'shareAge' | 'shareFiles' | 'shareOffset'>
  readonly health: Health
  readonly logger: Logger
}

interface Waiter {
  readonly offset: number
  readonly resolve: () => void
}

/** Reads the topic from its beginning and goes on with it. */
export class ShareFeed {
  readonly #options: ShareFeedOptions
  readonly #lost = new AbortController()
  readonly #stopped = new AbortController()
  #consumption: Consumption | undefined
  #offset = 0
  #startEnd = Infinity
  #topicId: string | undefined
  #doubts = 0
  #waiters: Waiter[] = []
  #queued: Promise<void> | undefined
  #running: Promise<void> = Promise.resolve()
  #check: NodeJS.Timeout | undefined

  constructor(options: ShareFeedOptions) {
    this.#options = options
    options.health.waitFor(KNOWN_HASHES_PART, 'not read yet')
  }

  /** Aborts with a SharedSetLostError once the process has to start again. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** The UUID of the topic; undefined while it isn't read to the end that it had at the start, or is in doubt. */
  get topicId(): string | undefined {
    return this.#isUsable ? this.#topicId : undefined
  }

  /** The next offset to be read. */
  get offset(): number {
    return this.#offset
  }

  get #isUsable(): boolean {
    return !this.lost.aborted && this.#doubts === 0 && this.#offset >= this.#startEnd
  }

  async start(): Promise<void> {
    const { log, topic } = this.#options
    const [{ end }] = await log.offsets(topic)
    this.#startEnd = end
    this.#consumption = await log.follow({
      topic,
      from: 'earliest',
      onBatch: ({ records, nextOffset }) => this.#apply(records, nextOffset),
      onInterrupted: () => void this.#makeSure(),
    })
    this.#report()
    // While Kafka is away, the connection's own listener reports that.
    this.#check = setInterval(() => void this.catchUp().catch(() => {}), CHECK_MS)
  }

  /**
   * Resolves once all is read that the topic holds at the time of the call. Calls at the same time share one question
   * to the broker. Rejects while Kafka is away.
   */
  catchUp(): Promise<void> {
    this.#queued ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#running = this.#reachEnd()
        this.#queued = undefined
        return this.#running
      })
    return this.#queued
  }

  async stop(): Promise<void> {
    clearInterval(this.#check)
    this.#stopped.abort()
    await this.#consumption?.stop()
  }

  async #reachEnd(): Promise<void> {
    const { log, topic, metrics } = this.#options
    const before = this.#offset
    const askedMs = performance.now()
    const [{ end }] = await log.offsets(topic)
    if (end < before) this.#lose()
    this.lost.throwIfAborted()
    if (this.#offset < end) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiters.push({ offset: end, resolve })
      await promise
      this.lost.throwIfAborted()
    }
    metrics.shareAge.set({ labels: {}, clock: () => performance.now(), sinceMs: askedMs })
  }

  #apply(records: readonly LogRecord[], nextOffset: number): void {
    for (const record of records) {
      if (this.lost.aborted) return
      const isTopicRecord = record.key?.toString('utf8') === TOPIC_RECORD_KEY
      if (isTopicRecord) this.#nameTopic(record)
      else if (record.offset >= this.#offset) this.#applyEntry(record)
    }
    this.#offset = Math.max(this.#offset, nextOffset)
    const reached = this.#waiters.filter(({ offset }) => offset <= this.#offset)
    this.#waiters = this.#waiters.filter(({ offset }) => offset > this.#offset)
    for (const { resolve } of reached) resolve()
    this.#report()
  }

  #applyEntry({ key, value, offset, timestampMs, refused }: LogRecord): void {
    const change = refused ? new Rejection(refused.code) : decodeEntry(key, value)
    if (!(change instanceof Rejection)) {
      this.#options.files.apply(change, offset, timestampMs)
      return
    }
    this.#options.metrics.knownRejected.inc({ code: change.code })
    this.#options.logger.error(
      { offset, reason: change.toString() },
      'A record of known-hashes is no entry: not shared',
    )
  }

  #nameTopic({ value }: LogRecord): void {
    const topicId = decodeTopicId(value)
    if (topicId === undefined) return
    if (this.#topicId !== undefined && this.#topicId !== topicId) this.#lose()
    this.#topicId = topicId
  }

  /** After an interruption the topic may be another one, of the same name. */
  async #makeSure(): Promise<void> {
    if (this.#topicId === undefined) return
    const { log, topic } = this.#options
    const { signal } = this.#stopped
    this.#doubts++
    this.#report()
    while (!signal.aborted) {
      const topicId = await readTopicId(log, topic).catch(() => undefined)
      if (topicId !== undefined) {
        if (topicId !== this.#topicId) this.#lose()
        break
      }
      await pause(DOUBT_MS, signal)
    }
    this.#doubts--
    this.#report()
  }

  #lose(): void {
    if (this.lost.aborted) return
    this.#lost.abort(new SharedSetLostError(this.#options.topic))
    for (const { resolve } of this.#waiters) resolve()
    this.#waiters = []
    this.#report()
  }

  #report(): void {
    const { health, metrics, files, topic } = this.#options
    metrics.shareOffset.set(this.#offset)
    metrics.shareFiles.set(files.size)
    if (this.lost.aborted) health.waitFor(KNOWN_HASHES_PART, 'lost: the process must start again')
    else if (this.#doubts > 0)
      health.waitFor(KNOWN_HASHES_PART, 'reading was interrupted: is it the same topic?')
    else if (this.#offset < this.#startEnd)
      health.waitFor(KNOWN_HASHES_PART, `reading ${topic}: at ${this.#offset} of ${this.#startEnd}`)
    else if (this.#topicId === undefined)
      health.waitFor(KNOWN_HASHES_PART, `${topic} has no record _topic: run topics apply`)
    else health.ready(KNOWN_HASHES_PART)
  }
}
