// The event log in one process's memory, for the demonstration where no broker can run, and for simulations.
import { setImmediate as nextMacrotask, setTimeout as sleep } from 'node:timers/promises'
import {
  partitionName,
  PARTITIONS_IN_FLIGHT,
  StaleBatchError,
  type CommittedOffset,
  type Consumption,
  type EventLog,
  type FollowOptions,
  type GroupBatch,
  type GroupOptions,
  type OffsetSince,
  type OutgoingRecord,
  type PartitionOffsets,
  type ReadBatch,
  type TopicDescription,
  type TopicPartition,
} from './event-log.ts'
import { FencedError, type FencedLog, type FencedWriter } from './fenced-writer.ts'
import { LogClosedError, UnknownTopicError } from './log-faults.ts'
import type { LossyLog, LossyWriter } from './lossy-writer.ts'
import { MemoryPartition, partitionOfKey } from './memory-partition.ts'
import { RetryLaterError } from './retry-later.ts'

/** The most offsets that a batch spans. */
const MAX_BATCH_OFFSETS = 4096
/** After a failed batch a member pauses for this long, in milliseconds. */
const RECOVERY_MS = 10

interface Topic {
  readonly description: TopicDescription
  readonly partitions: MemoryPartition[]
}

export interface Member {
  readonly options: GroupOptions
  assigned: readonly TopicPartition[]
  /** Where it reads a partition next, once it has; a generation begins where the group has committed. */
  readonly next: Map<string, number>
  stopping: boolean
  loop: Promise<void>
}

export interface Group {
  generation: number
  readonly members: Set<Member>
  readonly committed: Map<string, CommittedOffset & TopicPartition>
  /** Partitions whose batch is in work, and the member that works on it: no other may begin one. */
  readonly busy: Map<string, Member>
}

export interface MemoryLogOptions {
  /** Milliseconds since 1970: the time of a record. */
  readonly clock?: () => number
}

/**
 * The same guarantees as Kafka's within the process's life (order within a partition, groups that rebalance, commits
 * by generation), nothing on disk. A test can bend it by a subclass: test/log/bendable-log.ts.
 */
export class MemoryLog implements EventLog, FencedLog, LossyLog {
  readonly #topics = new Map<string, Topic>()
  readonly #groups = new Map<string, Group>()
  readonly #clock: () => number
  /** Of fenced writers, by id: the newest one's counts. */
  readonly #epochs = new Map<string, number>()
  #waiters = new Set<() => void>()
  /** Counts records, rebalances and stops: a loop that sleeps names the count that it has seen. */
  #changes = 0
  readonly #closing = new AbortController()

  constructor({ clock = Date.now }: MemoryLogOptions = {}) {
    this.#clock = clock
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  async produce(
    topic: string,
    records: readonly OutgoingRecord[],
    onWritten?: (record: OutgoingRecord) => void,
  ): Promise<void> {
    const { partitions } = this.#topic(topic)
    for (const record of records) {
      partitions[partitionOfKey(record.key, partitions.length)].append(record, this.#clock())
      onWritten?.(record)
    }
    this.#wake()
  }

  async produceTo(topic: string, partition: number, record: OutgoingRecord): Promise<number> {
    const offset = this.#topic(topic).partitions[partition].append(record, this.#clock())
    this.#wake()
    return offset
  }

  async openFenced(id: string): Promise<FencedWriter> {
    const epoch = (this.#epochs.get(id) ?? 0) + 1
    this.#epochs.set(id, epoch)
    return {
      write: async (writes) => {
        if (this.#epochs.get(id) !== epoch) throw new FencedError()
        for (const { topic } of writes) this.#topic(topic)
        for (const { topic, records } of writes) await this.produce(topic, records)
      },
      close: async () => {},
    }
  }

  openLossy(): LossyWriter {
    return { write: (topic, record) => this.produce(topic, [record]), close: async () => {} }
  }

  async consume(options: GroupOptions): Promise<Consumption> {
    const { stop } = this.join(options)
    return { stop }
  }

  async follow({ topic, from, onBatch }: FollowOptions): Promise<Consumption> {
    const { partitions } = this.#topic(topic)
    const next = partitions.map(({ end }, partition) =>
      from === 'earliest' ? 0 : from === 'end' ? end : (from.get(partition) ?? end),
    )
    const stopped = new AbortController()
    const run = async (): Promise<void> => {
      while (!stopped.signal.aborted && !this.closing.aborted) {
        const seen = this.#changes
        let idle = true
        for (const partition of partitions.keys()) {
          const position = (next[partition] ??= 0) // One that was added meanwhile begins at 0.
          const batch = this.#read({ topic, partition }, partitions[partition], position)
          if (batch.nextOffset === position) continue
          idle = false
          next[partition] = batch.nextOffset
          await onBatch({ ...batch, heartbeat: nextMacrotask })
        }
        if (idle) await this.#changeSince(seen)
      }
    }
    const running = run()
    return {
      stop: async () => {
        stopped.abort()
        this.#wake()
        await running
      },
    }
  }

  async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    return this.#topic(topic).partitions.map(({ end }, partition) => ({ partition, earliest: 0, end }))
  }

  async offsetsSince(topic: string, timestampMs: number): Promise<readonly OffsetSince[]> {
    return this.#topic(topic).partitions.map((log, partition) => ({
      partition,
      offset: log.offsetSince(timestampMs),
    }))
  }

  async committed(group: string, topic: string): Promise<readonly CommittedOffset[]> {
    return [...this.group(group).committed.values()].filter((commit) => commit.topic === topic)
  }

  async topics(): Promise<readonly string[]> {
    return [...this.#topics.keys()]
  }

  async describe(topics: readonly string[]): Promise<readonly TopicDescription[]> {
    return topics.flatMap((name) => this.#topics.get(name)?.description ?? [])
  }

  /** Keeps the replication factor for `describe`, as Kafka does; there is one copy in any case. */
  async createTopic(topic: TopicDescription, replicationFactor?: number): Promise<void> {
    const description = { ...topic, replicationFactor }
    this.#topics.set(topic.topic, { description, partitions: newPartitions(topic.partitions) })
    this.#reassign(topic.topic)
  }

  async alterTopic(description: TopicDescription): Promise<void> {
    const { partitions, description: before } = this.#topic(description.topic)
    const added = newPartitions(description.partitions - partitions.length)
    partitions.push(...added)
    const config = { ...before.config, ...description.config }
    this.#topics.set(description.topic, {
      partitions,
      description: { ...before, partitions: partitions.length, config },
    })
    if (added.length > 0) this.#reassign(description.topic)
  }

  async close(): Promise<void> {
    this.#closing.abort(new LogClosedError())
    const members = [...this.#groups.values()].flatMap((group) => [...group.members])
    for (const member of members) member.stopping = true
    this.#wake()
    await Promise.all(members.map(({ loop }) => loop))
  }

  /** The most offsets that the next batch spans. */
  protected nextSpan(): number {
    return MAX_BATCH_OFFSETS
  }

  /** Adds a member to a group. `leave` takes it out at once, whatever it has in work. */
  protected join(options: GroupOptions): {
    readonly group: Group
    readonly member: Member
    readonly stop: () => Promise<void>
    readonly leave: () => void
  } {
    for (const topic of this.#topicsOf(options)) this.#topic(topic)
    const group = this.group(options.group)
    const member: Member = {
      options,
      assigned: [],
      next: new Map(),
      stopping: false,
      loop: Promise.resolve(),
    }
    group.members.add(member)
    this.rebalanceGroup(group)
    member.loop = this.#work(group, member)
    const leave = (): void => {
      if (group.members.delete(member)) this.rebalanceGroup(group)
    }
    const stop = async (): Promise<void> => {
      member.stopping = true
      this.#wake()
      await member.loop
      leave()
    }
    return { group, member, stop, leave }
  }

  protected group(name: string): Group {
    let group = this.#groups.get(name)
    if (!group) {
      group = { generation: 0, members: new Set(), committed: new Map(), busy: new Map() }
      this.#groups.set(name, group)
    }
    return group
  }

  /** Begins a new generation of a group, in which partitions move to other members. */
  protected rebalanceGroup(group: Group): void {
    group.generation++
    const members = [...group.members].filter(({ stopping }) => !stopping)
    for (const [rank, member] of members.entries()) {
      const all = this.#topicsOf(member.options).flatMap((topic) =>
        (this.#topics.get(topic)?.partitions ?? []).map((_, partition) => ({ topic, partition })),
      )
      // Another share than the last time: no member may count on keeping its partitions.
      member.next.clear()
      member.assigned = all.filter((_, index) => (index + group.generation) % members.length === rank)
      member.options.onAssigned(member.assigned)
    }
    this.#wake()
  }

  /** The next records of a partition get higher offsets: the offsets between are of nothing that is delivered. */
  protected skipOffsets({ topic, partition }: TopicPartition, count: number): void {
    this.#topic(topic).partitions[partition].skip(count)
    this.#wake()
  }

  /** Leaves the last record of each key. */
  protected compactRecords(topic: string): void {
    for (const partition of this.#topic(topic).partitions) partition.compact()
  }

  /** Removes a topic with all that it holds, and what groups have committed in it, as Kafka does. */
  protected removeTopic(topic: string): void {
    for (const partition of this.#topics.get(topic)?.partitions ?? []) partition.clear()
    this.#topics.delete(topic)
    for (const { committed } of this.#groups.values())
      for (const [name, commit] of committed) if (commit.topic === topic) committed.delete(name)
    this.#reassign(topic)
  }

  /** One member's loop: as kafkajs does, a batch of each of its partitions, several side by side, then the next of each. */
  async #work(group: Group, member: Member): Promise<void> {
    while (!member.stopping) {
      const seen = this.#changes
      const round = [...member.assigned]
      let idle = true
      const workOnSome = async (): Promise<void> => {
        for (let at = round.shift(); at && !member.stopping; at = round.shift()) {
          // A rebalance makes a new assignment, also of partitions that a member keeps.
          const isOurs = member.assigned.includes(at)
          if (isOurs && (await this.#workOnPartition(group, member, at))) idle = false
        }
      }
      await Promise.all(Array.from({ length: PARTITIONS_IN_FLIGHT }, workOnSome))
      if (idle) await this.#changeSince(seen)
    }
  }

  async #workOnPartition(group: Group, member: Member, at: TopicPartition): Promise<boolean> {
    const name = partitionName(at)
    // Undefined if it was deleted since it was assigned.
    const log = this.#topics.get(at.topic)?.partitions[at.partition]
    if (!log) return false
    const from = member.next.get(name) ?? group.committed.get(name)?.offset ?? 0
    if (group.busy.has(name) || from >= log.end) return false
    const { generation } = group
    let advancedTo: number | undefined
    let committedTo: number | undefined
    const isCurrent = (): boolean => group.generation === generation && !member.stopping
    const batch: GroupBatch = {
      ...this.#read(at, log, from),
      isCurrent,
      heartbeat: async () => {
        await nextMacrotask()
        if (group.generation !== generation) throw new StaleBatchError()
      },
      advance: (offset) => {
        advancedTo = offset
      },
      commit: async (offset, metadata) => {
        if (group.generation !== generation) throw new StaleBatchError()
        group.committed.set(name, { ...at, offset, metadata })
        committedTo = offset
      },
    }
    group.busy.set(name, member)
    const release = (): void => {
      if (group.busy.get(name) === member) group.busy.delete(name)
      this.#wake()
    }
    let retryAfterMs = 0
    try {
      await member.options.onBatch(batch)
    } catch (error) {
      // As with Kafka: the uncommitted rest is read again; the handler has logged the error.
      if (error instanceof RetryLaterError) retryAfterMs = error.afterMs
      else await sleep(RECOVERY_MS)
    }
    const next = advancedTo ?? committedTo
    if (next !== undefined && group.generation === generation) member.next.set(name, next)
    // Until then the partition waits, and this member works on others.
    if (retryAfterMs > 0) setTimeout(release, retryAfterMs).unref()
    else release()
    return true
  }

  /** The next batch from this offset on; at the partition's end it moves nothing. */
  #read({ topic, partition }: TopicPartition, log: MemoryPartition, from: number): ReadBatch {
    return { topic, partition, ...log.read(from, this.nextSpan()) }
  }

  /** The groups that read this topic share out its partitions again. */
  #reassign(topic: string): void {
    for (const group of this.#groups.values()) {
      const isRead = [...group.members].some(({ options: { topics } }) =>
        typeof topics === 'function' ? topics(topic) : topics.includes(topic),
      )
      if (isRead) this.rebalanceGroup(group)
    }
  }

  #topicsOf({ topics }: GroupOptions): readonly string[] {
    return typeof topics === 'function' ? [...this.#topics.keys()].filter(topics) : topics
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name)
    if (!topic) throw new UnknownTopicError(`There is no topic ${name}: run \`hashwarden topics apply\`.`)
    return topic
  }

  /** Resolves once a change has come since the count `seen`: at once, if one already has. */
  #changeSince(seen: number): Promise<void> {
    if (this.#changes !== seen) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.add(resolve))
  }

  #wake(): void {
    this.#changes++
    const waiters = this.#waiters
    this.#waiters = new Set()
    for (const wake of waiters) wake()
  }
}

const newPartitions = (count: number): MemoryPartition[] =>
  Array.from({ length: Math.max(0, count) }, () => new MemoryPartition())
