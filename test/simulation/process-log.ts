import {
  partitionName,
  type CommittedOffset,
  type Consumption,
  type EventLog,
  type FollowedBatch,
  type FollowOptions,
  type GroupOptions,
  type OffsetSince,
  type OutgoingRecord,
  type PartitionOffsets,
  type TopicDescription,
} from '../../src/log/event-log.ts'
import { LogClosedError } from '../../src/log/log-faults.ts'
import type { BendableLog } from '../log/bendable-log.ts'
import { Membership } from './membership.ts'
import type { Network } from './network.ts'
import type { Actor } from './scheduler.ts'

/** A commit that the broker has just carried out. */
export interface SeenCommit extends CommittedOffset {
  readonly group: string
  readonly topic: string
  /** It may come after newer ones. */
  readonly mayBeLate: boolean
}

export interface BrokerWatch {
  readonly onCommit: (commit: SeenCommit) => void
}

export interface ProcessLogOptions {
  readonly actor: Actor
  readonly log: BendableLog
  readonly network: Network
  readonly watch: BrokerWatch
  readonly sessionMs: number
  /** How long known-hashes takes to this process, on average, besides what all takes. */
  readonly feedLagMs: number
}

/** The log as one process has it: whatever it asks takes its time and may fail, and it is asked no more once it is dead. */
export class ProcessLog implements EventLog {
  readonly #options: ProcessLogOptions
  readonly #memberships = new Set<Membership>()
  readonly #closing = new AbortController()

  constructor(options: ProcessLogOptions) {
    this.#options = options
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  produce(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const { log } = this.#options
    const write = (written: readonly OutgoingRecord[]) => () => log.produce(topic, written)
    const some = records.slice(0, Math.ceil(records.length / 2))
    return this.#ask(`write ${records.length} to ${topic}`, write(records), write(some))
  }

  produceTo(topic: string, partition: number, record: OutgoingRecord): Promise<number> {
    return this.#ask(`write to ${topic}/${partition}`, () =>
      this.#options.log.produceTo(topic, partition, record),
    )
  }

  async consume(options: GroupOptions): Promise<Consumption> {
    const membership = new Membership({ ...this.#options, options })
    this.#memberships.add(membership)
    await membership.join()
    return {
      stop: async () => {
        await membership.leave()
        this.#memberships.delete(membership)
      },
    }
  }

  async follow({ topic, from, onBatch }: FollowOptions): Promise<Consumption> {
    const { actor, log, network, feedLagMs } = this.#options
    const { scheduler } = network
    const heartbeat = (): Promise<void> => network.surely(actor, 'still reading', async () => {})
    const deliver = (batch: FollowedBatch): Promise<void> =>
      new Promise((resolve, reject) => {
        scheduler.after(
          network.latencyWithLag(feedLagMs),
          actor,
          `got ${partitionName(batch)} to ${batch.nextOffset}`,
          () => {
            Promise.try(onBatch, { ...batch, heartbeat }).then(resolve, reject)
          },
        )
      })
    const followed = await network.askOnce(actor, `follow ${topic}`, () =>
      log.follow({ topic, from, onBatch: deliver }),
    )
    return { stop: () => network.surely(actor, `stop following ${topic}`, () => followed.stop()) }
  }

  offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    return this.#ask(`offsets of ${topic}`, () => this.#options.log.offsets(topic))
  }

  offsetsSince(topic: string, timestampMs: number): Promise<readonly OffsetSince[]> {
    return this.#ask(`offsets of ${topic} by time`, () => this.#options.log.offsetsSince(topic, timestampMs))
  }

  committed(group: string, topic: string): Promise<readonly CommittedOffset[]> {
    return this.#ask(`commits of ${group}`, () => this.#options.log.committed(group, topic))
  }

  topics(): Promise<readonly string[]> {
    return this.#ask('list topics', () => this.#options.log.topics())
  }

  describe(topics: readonly string[]): Promise<readonly TopicDescription[]> {
    return this.#ask('describe topics', () => this.#options.log.describe(topics))
  }

  createTopic(): Promise<void> {
    throw new TypeError('A matcher makes no topics.')
  }

  alterTopic(): Promise<void> {
    throw new TypeError('A matcher changes no topics.')
  }

  async close(): Promise<void> {
    this.#closing.abort(new LogClosedError())
    await Promise.all([...this.#memberships].map((membership) => membership.leave()))
  }

  #ask<T>(what: string, carryOut: () => Promise<T>, partly?: () => Promise<T>): Promise<T> {
    return this.#options.network.ask(this.#options.actor, what, carryOut, partly)
  }
}
