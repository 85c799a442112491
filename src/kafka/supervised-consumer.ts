// A kafkajs consumer that goes on until it is stopped. kafkajs restarts by itself only after errors that it deems
// retriable; a broker that is away for longer would end the consumer in silence.
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs'
import { FetchedPartition } from './fetch/fetched-partition.ts'
import { watchClock } from './clock-watch.ts'
import { TopicGoneError } from '../log/topic-gone.ts'
import { Backoff } from '../waiting/backoff.ts'
import { partitionName, type TopicPartition } from '../log/event-log.ts'
import { pause } from '../waiting/pause.ts'

const BACKOFF_MS = [250, 500, 1_000, 2_000, 5_000]
/** A new topic is noticed this often, in milliseconds. kafkajs itself asks for them only when a consumer subscribes. */
const TOPICS_WATCH_MS = 5_000
/** How long a broker that doesn't answer may hold up the end of a consumer, in milliseconds. */
const LEFT_WITHIN_MS = 4_000

/** Which topics a consumer reads. */
export interface TopicChoice {
  now(): Promise<readonly string[]>
  readonly mayChange: boolean
}

/** The generation of the group in which a batch was read. */
export interface Generation {
  /** The member is still in it: the group has not begun to rebalance. */
  readonly isSame: boolean
  /** The same, and the consumer isn't stopping. */
  readonly isCurrent: boolean
}

/** A batch on its way to its handler. */
export interface Delivery {
  readonly fetched: FetchedPartition
  readonly generation: Generation
  readonly payload: Pick<
    EachBatchPayload,
    'resolveOffset' | 'heartbeat' | 'commitOffsetsIfNecessary' | 'pause'
  >
}

/** Sets where a partition is read next. */
type Seek = (at: TopicPartition & { readonly offset: number }) => void

export interface ConsumerHandlers {
  /** The member has joined the group. */
  onJoin(partitions: readonly TopicPartition[], seek: Seek): void
  /** Gets all that moves the position, and what brought nothing although there is more to read. */
  onBatch(delivery: Delivery): Promise<void>
  onFailure(error: Error): void
}

export interface SupervisedConsumerOptions {
  /** Makes a client that reports when a topic that it reads is not there. */
  readonly newClient: (onTopicGone: () => void) => Kafka
  readonly config: ConsumerConfig
  readonly topics: TopicChoice
  readonly handlers: ConsumerHandlers
  readonly partitionsInFlight: number
}

/** Makes a new kafkajs consumer whenever kafkajs gives up on one, whatever the reason. */
export class SupervisedConsumer {
  readonly #options: SupervisedConsumerOptions
  readonly #config: ConsumerConfig
  readonly #stopping = new AbortController()
  readonly #stopped = Promise.withResolvers<undefined>()
  readonly #running: Promise<void>
  #assigned: ReadonlySet<string> = new Set()
  /** Handlers that have not ended. */
  readonly #inWork = new Set<Promise<void>>()
  /** Counts the group's generations as this member has seen them; a rebalance begun counts as the next one. */
  #generation = 0

  constructor(options: SupervisedConsumerOptions) {
    this.#options = options
    const { config } = options
    this.#config = { ...config, retry: { ...config.retry, restartOnFailure: async () => false } }
    this.#running = this.#supervise()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#stopped.resolve(undefined)
    await this.#running
  }

  async #supervise(): Promise<void> {
    const backoff = new Backoff(BACKOFF_MS)
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const error = await this.#runOnce(() => backoff.reset())
      if (error === undefined) continue
      this.#options.handlers.onFailure(error)
      await pause(backoff.nextMs(), signal)
    }
  }

  /** Runs one kafkajs consumer until it fails (the error), its topics change or the supervisor is stopped (undefined). */
  async #runOnce(onJoined: () => void): Promise<Error | undefined> {
    const topics = await this.#options.topics.now().catch(asError)
    if (topics instanceof Error) return topics
    if (topics.length === 0) {
      await pause(TOPICS_WATCH_MS, this.#stopping.signal)
      return undefined
    }
    return this.#readTopics(topics, onJoined)
  }

  async #readTopics(topics: readonly string[], onJoined: () => void): Promise<Error | undefined> {
    const crash = Promise.withResolvers<Error>()
    // kafkajs itself would read on at the old offset when the topic is recreated, wherever that is in the new one.
    // Batches of the old one must not be committed any more.
    const client = this.#options.newClient(() => {
      this.#generation++
      crash.resolve(new TopicGoneError(topics))
    })
    const consumer = client.consumer(this.#config)
    this.#listen(consumer, onJoined, crash.resolve)
    const changed = Promise.withResolvers<undefined>()
    const unwatchTopics = this.#watchTopics(topics, () => changed.resolve(undefined))
    // kafkajs sends no heartbeat until the wall clock reaches the time of the last one again, which may take hours.
    const unwatchClock = watchClock((byMs) => crash.resolve(new ClockSetBackError(byMs)))
    try {
      await this.#start(consumer, topics)
      return await Promise.race([crash.promise, changed.promise, this.#stopped.promise])
    } catch (error) {
      return asError(error)
    } finally {
      unwatchClock()
      unwatchTopics()
      await leave(consumer)
      // kafkajs may have been left before its handlers ended; nothing begins anew beside them.
      await Promise.allSettled(this.#inWork)
      // Invalidate the generation: a late commit would reconnect the consumer that was just left.
      this.#generation++
    }
  }

  #listen(consumer: Consumer, onJoined: () => void, crash: (error: Error) => void): void {
    const { CRASH, GROUP_JOIN, REBALANCING } = consumer.events
    consumer.on(CRASH, ({ payload }) => crash(payload.error))
    consumer.on(REBALANCING, () => {
      this.#generation++
    })
    const seek: Seek = (at) => consumer.seek({ ...at, offset: String(at.offset) })
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#generation++
      onJoined()
      const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      )
      this.#assigned = new Set(assigned.map(partitionName))
      this.#options.handlers.onJoin(assigned, seek)
    })
  }

  /** Calls back when other topics are to be read than these, until the function that it returns is called. */
  #watchTopics(topics: readonly string[], onChange: () => void): () => void {
    if (!this.#options.topics.mayChange) return () => {}
    const look = async (): Promise<void> => {
      if (!sameNames(await this.#options.topics.now(), topics)) onChange()
    }
    // The consumer itself reports an unreachable broker.
    const watch = setInterval(() => void look().catch(() => {}), TOPICS_WATCH_MS)
    return () => clearInterval(watch)
  }

  async #start(consumer: Consumer, topics: readonly string[]): Promise<void> {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.partitionsInFlight,
      eachBatch: (payload) => this.#work(payload),
    })
  }

  async #work(payload: EachBatchPayload): Promise<void> {
    const fetched: unknown = payload.batch
    if (!(fetched instanceof FetchedPartition))
      throw new Error('kafkajs handed on a batch of its own: src/kafka/kafkajs-patches.ts is not in force.')
    // Fetched from one broker before another's fetch made this member join anew: the batch is its new owner's.
    if (!this.#assigned.has(partitionName(fetched))) return
    await this.#track(
      this.#options.handlers.onBatch({ payload, fetched, generation: this.#generationOf(payload) }),
    )
  }

  #generationOf(payload: EachBatchPayload): Generation {
    const begun = this.#generation
    const isSame = (): boolean => this.#generation === begun
    const isCurrent = (): boolean => isSame() && !this.#stopping.signal.aborted && payload.isRunning()
    return {
      get isSame() {
        return isSame()
      },
      get isCurrent() {
        return isCurrent()
      },
    }
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
    super(
      `This machine’s clock was set back by ${Math.round(byMs / 1000)} s: joining Kafka’s consumer groups again.`,
    )
  }
}

const sameNames = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((name) => others.includes(name))

/** Waits for the batches in work, leaves the group, closes the connections. */
async function leave(consumer: Consumer): Promise<void> {
  const left = consumer.stop().then(() => consumer.disconnect())
  await Promise.race([left.catch(() => {}), sleep(LEFT_WITHIN_MS, undefined, { ref: false })])
}

export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/** Whether kafkajs itself must see this error, to join the group again. */
export const isKafkaError = (error: unknown): boolean => error instanceof kafkajs.KafkaJSError
