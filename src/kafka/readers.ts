// The readers of a KafkaLog: members of consumer groups, and followers, which read all of a topic by themselves.
import { randomUUID } from 'node:crypto'
import type { ConsumerConfig, Kafka } from 'kafkajs'
import { LogClosedError } from '../log/log-faults.ts'
import { RetryLaterError } from '../log/retry-later.ts'
import { TopicGoneError } from '../log/topic-gone.ts'
import {
  PARTITIONS_IN_FLIGHT,
  StaleBatchError,
  type Consumption,
  type EventLog,
  type FollowOptions,
  type GroupBatch,
  type GroupOptions,
  type TopicPartition,
} from '../log/event-log.ts'
import { groupBatch } from './group-batch.ts'
import {
  asError,
  isKafkaError,
  SupervisedConsumer,
  type ConsumerHandlers,
  type Delivery,
  type TopicChoice,
} from './supervised-consumer.ts'
import { ProgressWatch } from './progress-watch.ts'
import { TopicIncarnations, type IncarnationSource } from './topic-incarnation.ts'

/** A fetch waits this long for new records, in milliseconds: the most that a lone report waits. */
const MAX_WAIT_MS = 50
/** Kafka takes a member that sends no heartbeat for this long for dead, and gives its partitions to others. */
const DEFAULT_SESSION_TIMEOUT_MS = 10_000
/**
 * The least time between two heartbeats of a member, in milliseconds. A heartbeat's answer says that the group waits for
 * this member, because another one joins or leaves: meanwhile that one has nothing to do.
 */
const HEARTBEAT_MS = 500
/** Heartbeats that fit into a session at least, so that one may be late. */
const HEARTBEATS_A_SESSION = 3
/** A member that joins waits for the others' batches in work: for their slices, and for their acknowledgements. */
const REBALANCE_TIMEOUT_MS = 30_000
/**
 * The most full batches that a fetch brings, of partitions that kafkajs chooses by chance: memory doesn't grow with the
 * number of partitions that lag. All of a fetch is decoded at once.
 */
const PARTITIONS_A_FETCH = 4
/**
 * Clients ask for their topics' partitions this often, in milliseconds, and a reader joins again when some were added
 * (kafkajs's default is 5 minutes): a report in a new partition must not wait.
 */
export const METADATA_MAX_AGE_MS = 5_000
/** Bytes of a batch as it is stored, by default. 25,000 known hashes fit in: with more, their objects outlive collections. */
const BATCH_BYTES = 1024 * 1024
/** A reader that gets no further for this long, in milliseconds, although there is more to read, has stalled. */
const STALLED_AFTER_MS = 30_000
/** After a failed batch its partition pauses for this long, in milliseconds. */
const RECOVERY_MS = 1_000

/** What readers need of their log. */
export interface ReadersOptions {
  readonly log: Pick<EventLog, 'topics' | 'offsets' | 'committed'>
  readonly sessionTimeoutMs?: number | undefined
  /** After this time in milliseconds without progress `onStalled` is called. */
  readonly stalledAfterMs?: number | undefined
  /** Makes a client that reports when a topic that it reads is not there. */
  readonly newClient: (onTopicGone: () => void) => Kafka
  /** What a group's commits and the times of records say of a topic. */
  readonly incarnationSource: (group: string) => IncarnationSource
  readonly deleteGroup: (group: string) => Promise<void>
  readonly onJoined: () => void
  /** A reader failed; it tries again. `topics`: those that it reads, if they are named. */
  readonly onFailure: (error: Error, topics: readonly string[]) => void
  /** The partitions without progress, of all readers, by name, each with where it stands. Called when it changes. */
  readonly onStalled: (partitions: ReadonlyMap<string, string>) => void
}

/** What one reader reads, and how. */
interface Reading {
  readonly group: string
  readonly topics: GroupOptions['topics']
  readonly batchBytes: number
  readonly partitionsInFlight: number
  readonly handlers: Omit<ConsumerHandlers, 'onFailure'>
  /** The offset at which it begins a partition. */
  readonly startOf: (at: TopicPartition) => Promise<number>
}

export class Readers {
  readonly #options: ReadersOptions
  readonly #running = new Set<Consumption>()
  #isStopped = false
  /** By reader. */
  readonly #stalled = new Map<object, ReadonlyMap<string, string>>()

  constructor(options: ReadersOptions) {
    this.#options = options
  }

  /** As EventLog has it. */
  consume(options: GroupOptions): Consumption {
    const { group, topics, maxBytesPerPartition = BATCH_BYTES, onAssigned, onBatch } = options
    const incarnations = options.timesAscend
      ? new TopicIncarnations(this.#options.incarnationSource(group))
      : undefined
    const handlers: Reading['handlers'] = {
      onJoin: (partitions) => {
        incarnations?.assigned()
        onAssigned(partitions)
      },
      onBatch: async (delivery) => {
        const { fetched, payload } = delivery
        try {
          if (!incarnations || (await incarnations.isSame(fetched, fetched.fetchedOffset)))
            await onBatch(groupBatch(delivery, incarnations))
          else {
            // Batches of the old topic that are still to be committed no longer are.
            incarnations.beginAnew(fetched)
            await this.#beginAnew(groupBatch(delivery, incarnations))
          }
        } catch (error) {
          this.#recover(error, payload)
        }
      },
    }
    return this.#read({
      group,
      topics,
      batchBytes: maxBytesPerPartition,
      partitionsInFlight: PARTITIONS_IN_FLIGHT,
      handlers,
      startOf: async ({ topic, partition }) => {
        const { log } = this.#options
        const commits = await log.committed(group, topic)
        const committed = commits.find((commit) => commit.partition === partition)?.offset ?? 0
        const offsets = await log.offsets(topic)
        return Math.max(committed, offsets.find((at) => at.partition === partition)?.earliest ?? 0)
      },
    })
  }

  /** As EventLog has it. */
  async follow({ topic, from, onBatch, onInterrupted }: FollowOptions): Promise<Consumption> {
    const group = `hashwarden-follow-${randomUUID()}`
    const next = new Map<number, number>()
    for (const { partition, earliest, end } of await this.#options.log.offsets(topic)) {
      next.set(
        partition,
        from === 'earliest' ? earliest : from === 'end' ? end : (from.get(partition) ?? end),
      )
    }
    let hasJoined = false
    const handlers: Reading['handlers'] = {
      // kafkajs forgets at every join what it has read, and nothing is committed: set it again.
      onJoin: (partitions, seek) => {
        if (hasJoined) onInterrupted?.()
        hasJoined = true
        for (const at of partitions) seek({ ...at, offset: next.get(at.partition) ?? 0 })
      },
      onBatch: async ({ fetched, payload, generation }) => {
        const { partition, nextOffset } = fetched
        const expected = next.get(partition) ?? 0
        const records = fetched.records.filter(({ offset }) => offset >= expected)
        if (!generation.isCurrent) return
        try {
          // A group that no longer knows this reader says so again after the batch.
          const heartbeat = (): Promise<void> => payload.heartbeat().catch(() => {})
          await onBatch({ topic, partition, records, nextOffset, endOffset: fetched.endOffset, heartbeat })
          next.set(partition, nextOffset)
          payload.resolveOffset(String(nextOffset - 1))
        } catch (error) {
          this.#recover(error, payload)
        }
      },
    }
    const { stop } = this.#read({
      group,
      topics: [topic],
      batchBytes: BATCH_BYTES,
      partitionsInFlight: 1,
      handlers,
      startOf: async ({ partition }) => next.get(partition) ?? 0,
    })
    return {
      stop: async () => {
        await stop()
        await this.#options.deleteGroup(group)
      },
    }
  }

  /** Ends all readers; none begins after that. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all([...this.#running].map((reader) => reader.stop()))
  }

  #read({ group, topics, batchBytes, partitionsInFlight, handlers, startOf }: Reading): Consumption {
    // It was asked for before the end, and nothing would stop it.
    if (this.#isStopped) throw new LogClosedError()
    const progress = this.#progressOf(startOf)
    // A consumer's own client asks for no others.
    const named = typeof topics === 'function' ? [] : topics
    const { newClient, onJoined, onFailure } = this.#options
    const consumer = new SupervisedConsumer({
      newClient,
      config: this.#config(group, batchBytes),
      topics: this.#choice(topics),
      partitionsInFlight,
      handlers: {
        ...handlers,
        onJoin: (partitions, seek) => {
          onJoined()
          progress.assigned(partitions)
          handlers.onJoin(partitions, seek)
        },
        onBatch: (delivery) => watchedBy(progress, delivery, handlers.onBatch),
        onFailure: (error) => onFailure(error, named),
      },
    })
    const reader: Consumption = {
      stop: async () => {
        await consumer.stop()
        progress.stop()
        this.#running.delete(reader)
      },
    }
    this.#running.add(reader)
    return reader
  }

  #progressOf(startOf: Reading['startOf']): ProgressWatch {
    const { log, onStalled, stalledAfterMs = STALLED_AFTER_MS } = this.#options
    const progress: ProgressWatch = new ProgressWatch({
      patienceMs: stalledAfterMs,
      ends: (topic) => log.offsets(topic),
      startOf,
      clock: () => performance.now(),
      onStalled: (partitions) => {
        this.#stalled.set(progress, new Map(partitions))
        // Readers that end with their log do not read on.
        if (!this.#isStopped) onStalled(new Map([...this.#stalled.values()].flatMap((some) => [...some])))
      },
    })
    return progress
  }

  #config(groupId: string, batchBytes: number): ConsumerConfig {
    const { sessionTimeoutMs = DEFAULT_SESSION_TIMEOUT_MS } = this.#options
    return {
      groupId,
      // A topic that was deleted would come again, without the settings that the guarantees need.
      allowAutoTopicCreation: false,
      maxBytesPerPartition: batchBytes,
      maxBytes: PARTITIONS_A_FETCH * batchBytes,
      maxWaitTimeInMs: MAX_WAIT_MS,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(HEARTBEAT_MS, Math.floor(sessionTimeoutMs / HEARTBEATS_A_SESSION)),
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      metadataMaxAge: METADATA_MAX_AGE_MS,
    }
  }

  #choice(topics: GroupOptions['topics']): TopicChoice {
    if (typeof topics !== 'function') return { now: async () => topics, mayChange: false }
    return { now: async () => (await this.#options.log.topics()).filter(topics), mayChange: true }
  }

  /** The batch is of a recreated topic, and earlier records of that have not been read. Commits its beginning. */
  async #beginAnew(batch: GroupBatch): Promise<void> {
    const { topic, partition } = batch
    const offsets = await this.#options.log.offsets(topic)
    const earliest = offsets.find((at) => at.partition === partition)?.earliest ?? 0
    await batch.commit(earliest, '')
    this.#options.onFailure(new TopicGoneError([topic]), [])
  }

  /**
   * After a handler's error: kafkajs must see its own; after any other the partition pauses, and its batch is read again.
   * Meanwhile the other partitions go on.
   */
  #recover(error: unknown, payload: Delivery['payload']): void {
    if (error instanceof StaleBatchError) return
    if (isKafkaError(error)) throw error
    if (error instanceof RetryLaterError) {
      setTimeout(payload.pause(), error.afterMs).unref()
      return
    }
    this.#options.onFailure(asError(error), [])
    setTimeout(payload.pause(), RECOVERY_MS).unref()
  }
}

/** Hands a delivery on, and tells the watch what becomes of it. A partition that pauses counts as one in work. */
async function watchedBy(
  progress: ProgressWatch,
  delivery: Delivery,
  handle: (delivery: Delivery) => Promise<void>,
): Promise<void> {
  const { fetched, payload } = delivery
  if (!fetched.hasMoved) {
    progress.sawEnd(fetched, fetched.endOffset, fetched.obstacle)
    // Kafka answers at once, and with the same bytes. (This isn't `watched`: the partition has stalled.)
    if (fetched.obstacle !== undefined) setTimeout(payload.pause(), RECOVERY_MS).unref()
    return
  }
  const done = progress.working(fetched)
  const watched: Delivery['payload'] = {
    ...payload,
    resolveOffset: (offset) => {
      payload.resolveOffset(offset)
      progress.moved(fetched, Number(offset) + 1)
    },
    pause: () => {
      const resume = payload.pause()
      const paused = progress.working(fetched)
      return () => {
        paused()
        resume()
      }
    },
  }
  try {
    await handle({ ...delivery, payload: watched })
  } finally {
    done()
  }
}
