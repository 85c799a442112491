import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Consumer, ConsumerConfig, EachBatchPayload, IHeaders, Kafka, KafkaMessage } from 'kafkajs'
import { refusedBatch } from './fetch/bounded-fetch.ts'
import { watchClock } from './clock-watch.ts'
import { TopicGoneError } from '../log/topic-gone.ts'
import { Backoff } from '../waiting/backoff.ts'
import { partitionName, type LogRecord, type TopicPartition } from '../log/event-log.ts'

const BACKOFF_MS = [250, 500, 1_000, 2_000, 5_000]
/** A topic that appears is noticed so soon. kafkajs itself asks for new topics only when a consumer subscribes. */
const TOPICS_WATCH_MS = 5_000
const NO_HEADERS: Readonly<Record<string, Buffer>> = {}

/** Which topics a consumer reads. */
export interface TopicChoice {
  now(): Promise<readonly string[]>
  readonly mayChange: boolean
}

export interface SupervisedHandlers {
  /** The member has joined the group; `seek` sets where a partition is read next. */
  onJoin(partitions: readonly TopicPartition[], seek: (at: TopicPartition & { offset: number }) => void): void
  onBatch(payload: EachBatchPayload, generation: number): Promise<void>
  /** A batch without records that nevertheless moves on (control records, compaction). */
  onGap(at: TopicPartition & { nextOffset: number }): Promise<void> | void
  onFailure(error: Error): void
}

/**
 * A kafkajs consumer that is made anew whenever kafkajs gives up on it, whatever the reason, until it is stopped.
 * (kafkajs restarts by itself only after errors that it deems retriable; a broker that is away for longer, or a
 * batch that it can't decode, would end the consumer in silence.)
 */
export class SupervisedConsumer {
  readonly #newClient: (onTopicGone: () => void) => Kafka
  readonly #config: ConsumerConfig
  readonly #topics: TopicChoice
  readonly #handlers: SupervisedHandlers
  readonly #stop = Promise.withResolvers<undefined>()
  readonly #running: Promise<void>
  readonly #partitionsInFlight: number
  #assigned: ReadonlySet<string> = new Set()
  /** What the handlers are at. */
  readonly #inWork = new Set<Promise<void>>()
  #stopping = false
  #generation = 0

  /** @param newClient Makes a client that tells when a topic that it reads is not there. */
  constructor(
    newClient: (onTopicGone: () => void) => Kafka,
    config: ConsumerConfig,
    topics: TopicChoice,
    handlers: SupervisedHandlers,
    partitionsInFlight = 1,
  ) {
    this.#newClient = newClient
    this.#config = { ...config, retry: { ...config.retry, restartOnFailure: async () => false } }
    this.#topics = topics
    this.#handlers = handlers
    this.#partitionsInFlight = partitionsInFlight
    this.#running = this.#supervise()
  }

  /** Counts the group's generations as this member has seen them; a rebalance begun counts as the next one. */
  get generation(): number {
    return this.#generation
  }

  get stopping(): boolean {
    return this.#stopping
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#stop.resolve(undefined)
    await this.#running
  }

  async #supervise(): Promise<void> {
    const backoff = new Backoff(BACKOFF_MS)
    while (!this.#stopping) {
      const error = await this.#runOnce(() => backoff.reset())
      if (error === undefined) continue
      this.#handlers.onFailure(error)
      await Promise.race([sleep(backoff.nextMs()), this.#stop.promise])
    }
  }

  /** Runs one kafkajs consumer until it fails (the error), its topics change or the supervisor is stopped (undefined). */
  async #runOnce(onJoined: () => void): Promise<Error | undefined> {
    const topics = await this.#topics.now().catch(asError)
    if (topics instanceof Error) return topics
    if (topics.length === 0) {
      await Promise.race([sleep(TOPICS_WATCH_MS), this.#stop.promise])
      return undefined
    }
    return this.#readTopics(topics, onJoined)
  }

  async #readTopics(topics: readonly string[], onJoined: () => void): Promise<Error | undefined> {
    const changed = Promise.withResolvers<undefined>()
    const watchTopics = (): void => {
      const look = async (): Promise<void> => {
        if (!sameNames(await this.#topics.now(), topics)) changed.resolve(undefined)
      }
      // The consumer itself tells of a broker that is away.
      look().catch(() => {})
    }
    const crash = Promise.withResolvers<Error>()
    // kafkajs itself would read on at the old offset when the topic is made again, wherever that is in the new one.
    // Batches of the old one must not be committed any more.
    const client = this.#newClient(() => {
      this.#generation++
      crash.resolve(new TopicGoneError(topics))
    })
    const consumer = client.consumer(this.#config)
    const { CRASH, GROUP_JOIN, REBALANCING, END_BATCH_PROCESS } = consumer.events
    consumer.on(CRASH, ({ payload }) => crash.resolve(payload.error))
    consumer.on(REBALANCING, () => {
      this.#generation++
    })
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#generation++
      onJoined()
      const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      )
      this.#assigned = new Set(assigned.map(partitionName))
      this.#handlers.onJoin(assigned, (at) => consumer.seek({ ...at, offset: String(at.offset) }))
    })
    consumer.on(END_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
      if (batchSize > 0) return
      const gap = async (): Promise<void> =>
        this.#handlers.onGap({ topic, partition, nextOffset: Number(lastOffset) + 1 })
      gap().catch(crash.resolve)
    })
    const watch = this.#topics.mayChange ? setInterval(watchTopics, TOPICS_WATCH_MS) : undefined
    // kafkajs sends no sign of life before the time of the last one has come again, which may take hours.
    const unwatch = watchClock((byMs) => crash.resolve(new ClockSetBackError(byMs)))
    try {
      await this.#start(consumer, topics)
      return await Promise.race([crash.promise, changed.promise, this.#stop.promise])
    } catch (error) {
      return asError(error)
    } finally {
      unwatch()
      clearInterval(watch)
      await leave(consumer)
      // kafkajs may have been left before its handlers ended; nothing begins anew beside them.
      await Promise.allSettled(this.#inWork)
      // What is still to be committed would bring the client that was left back to life.
      this.#generation++
    }
  }

  async #start(consumer: Consumer, topics: readonly string[]): Promise<void> {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#partitionsInFlight,
      eachBatch: (payload) => this.#work(payload),
    })
  }

  async #work(payload: EachBatchPayload): Promise<void> {
    // Fetched from one broker before another's fetch made this member join anew: the batch is its new owner's.
    if (!this.#assigned.has(partitionName(payload.batch))) return
    await this.#track(this.#handlers.onBatch(payload, this.#generation))
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#inWork.add(work)
    try {
      await work
    } finally {
      this.#inWork.delete(work)
    }
  }
}

class ClockSetBackError extends Error {
  readonly code = 'CLOCK_SET_BACK'
  override readonly name = 'ClockSetBackError'
  constructor(byMs: number) {
    super(`This machine’s clock was set back by ${Math.round(byMs / 1000)} s: joining Kafka’s groups anew.`)
  }
}

const sameNames = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((name) => others.includes(name))

/** Waits for the batches in work, leaves the group, closes the connections; a broker that is away can't hold us. */
async function leave(consumer: Consumer): Promise<void> {
  const left = consumer.stop().then(() => consumer.disconnect())
  await Promise.race([left.catch(() => {}), sleep(4_000, undefined, { ref: false })])
}

/** A record as kafkajs gives it, in the port's form. */
export function toRecord(message: KafkaMessage): LogRecord {
  return {
    offset: Number(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: message.headers === undefined ? NO_HEADERS : toHeaders(message.headers),
    refused: refusedBatch(message),
  }
}

function toHeaders(headers: IHeaders): Readonly<Record<string, Buffer>> {
  const entries = Object.entries(headers).flatMap(([name, value]) => {
    const first = Array.isArray(value) ? value[0] : value
    return first === undefined ? [] : [[name, Buffer.from(first)] as const]
  })
  return entries.length === 0 ? NO_HEADERS : Object.fromEntries(entries)
}

export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/** Whether kafkajs itself must see this error, to join the group again. */
export const isKafkaError = (error: unknown): boolean => error instanceof kafkajs.KafkaJSError
