import { setImmediate as nextMacrotask, setTimeout as sleep } from 'node:timers/promises'
import {
  PARTITIONS_IN_FLIGHT,
  StaleBatchError,
  type CommittedOffset,
  type Consumption,
  type EventLog,
  type FollowOptions,
  type GroupBatch,
  type GroupOptions,
  type LogRecord,
  type OutgoingRecord,
  type PartitionOffsets,
  type TopicDescription,
  type TopicPartition,
} from './event-log.ts'

const MAX_BATCH_RECORDS = 4096

interface Topic {
  readonly description: TopicDescription
  readonly partitions: LogRecord[][]
}

interface Member {
  readonly options: GroupOptions
  assigned: readonly TopicPartition[]
  /** Where it reads a partition next, once it has; a generation begins where the group has committed. */
  readonly next: Map<string, number>
  stopping: boolean
  loop: Promise<void>
}

interface Group {
  generation: number
  readonly members: Set<Member>
  readonly committed: Map<string, CommittedOffset & TopicPartition>
  /** Partitions whose batch is in work, and whose work it is: nobody else may begin one. */
  readonly busy: Map<string, Member>
}

/** A member of a group of this log. */
export interface MemoryMembership extends Consumption {
  /**
   * Takes it for dead, as Kafka does with a member that it doesn't hear of: others get its partitions at once, and what
   * it has in work commits nothing.
   */
  readonly expel: () => void
}

export interface MemoryLogOptions {
  /** Milliseconds since 1970: the time of a record. */
  readonly clock?: () => number
  /** Most records that the next batch has. */
  readonly batchRecords?: () => number
}

/**
 * An event log in one process's memory: the same guarantees as Kafka's within the process's life (order within a
 * partition, groups that rebalance, commits by generation), nothing on disk. For the demonstration where no broker
 * can run, and for simulations.
 */
export class MemoryLog implements EventLog {
  readonly #topics = new Map<string, Topic>()
  readonly #groups = new Map<string, Group>()
  readonly #clock: () => number
  readonly #batchRecords: () => number
  #waiters = new Set<() => void>()
  /** Counts records, rebalances and stops: whoever sleeps says which count it has seen. */
  #changes = 0

  constructor({ clock = Date.now, batchRecords = () => MAX_BATCH_RECORDS }: MemoryLogOptions = {}) {
    this.#clock = clock
    this.#batchRecords = batchRecords
  }

  async produce(
    topic: string,
    records: readonly OutgoingRecord[],
    onWritten?: (record: OutgoingRecord) => void,
  ): Promise<void> {
    const { partitions } = this.#topic(topic)
    for (const record of records) {
      const { key } = record
      this.#append(partitions[key === null ? 0 : partitionOf(Buffer.from(key), partitions.length)], record)
      onWritten?.(record)
    }
    this.#wake()
  }

  async produceTo(topic: string, partition: number, record: OutgoingRecord): Promise<number> {
    const offset = this.#append(this.#topic(topic).partitions[partition], record)
    this.#wake()
    return offset
  }

  async consume(options: GroupOptions): Promise<MemoryMembership> {
    for (const topic of this.#topicsOf(options)) this.#topic(topic)
    const group = this.#group(options.group)
    const member: Member = {
      options,
      assigned: [],
      next: new Map(),
      stopping: false,
      loop: Promise.resolve(),
    }
    group.members.add(member)
    this.#rebalance(group)
    member.loop = this.#work(group, member)
    return {
      stop: async () => {
        member.stopping = true
        this.#wake()
        await member.loop
        this.#leave(group, member)
      },
      expel: () => {
        member.stopping = true
        for (const [name, worker] of group.busy) if (worker === member) group.busy.delete(name)
        this.#leave(group, member)
      },
    }
  }

  /** Begins a new generation of a group, in which partitions move to other members. */
  rebalance(group: string): void {
    this.#rebalance(this.#group(group))
  }

  async follow({ topic, from, onRecords }: FollowOptions): Promise<Consumption> {
    const { partitions } = this.#topic(topic)
    const next = partitions.map((log, partition) =>
      from === 'earliest' ? 0 : from === 'end' ? log.length : (from.get(partition) ?? log.length),
    )
    const stopped = new AbortController()
    const run = async (): Promise<void> => {
      while (!stopped.signal.aborted) {
        const seen = this.#changes
        let idle = true
        for (const [partition, log] of partitions.entries()) {
          const records = log.slice(next[partition], next[partition] + this.#batchRecords())
          if (records.length === 0) continue
          idle = false
          next[partition] += records.length
          await onRecords(partition, records, next[partition], log.length, nextMacrotask)
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
    return this.#topic(topic).partitions.map((log, partition) => ({
      partition,
      earliest: 0,
      end: log.length,
    }))
  }

  async committed(group: string, topic: string): Promise<readonly CommittedOffset[]> {
    return [...this.#group(group).committed.values()].filter((commit) => commit.topic === topic)
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
    const partitions = Array.from({ length: description.partitions }, (): LogRecord[] => [])
    this.#topics.set(description.topic, { description, partitions })
    this.#reassign(description.topic)
  }

  /** Deletes a topic with all that it holds, and what groups have committed in it, as Kafka does. */
  deleteTopic(topic: string): void {
    for (const partition of this.#topics.get(topic)?.partitions ?? []) partition.length = 0
    this.#topics.delete(topic)
    for (const { committed } of this.#groups.values())
      for (const [name, commit] of committed) if (commit.topic === topic) committed.delete(name)
    this.#reassign(topic)
  }

  async alterTopic(description: TopicDescription): Promise<void> {
    const { partitions, description: before } = this.#topic(description.topic)
    while (partitions.length < description.partitions) partitions.push([])
    const config = { ...before.config, ...description.config }
    this.#topics.set(description.topic, {
      partitions,
      description: { ...before, partitions: partitions.length, config },
    })
  }

  async close(): Promise<void> {
    const members = [...this.#groups.values()].flatMap((group) => [...group.members])
    for (const member of members) member.stopping = true
    this.#wake()
    await Promise.all(members.map(({ loop }) => loop))
  }

  /** One member's loop: as kafkajs does, a batch of each of its partitions, several side by side, then the next of each. */
  async #work(group: Group, member: Member): Promise<void> {
    while (!member.stopping) {
      const seen = this.#changes
      const round = [...member.assigned]
      let idle = true
      const workOnSome = async (): Promise<void> => {
        for (let at = round.shift(); at && !member.stopping; at = round.shift()) {
          // A rebalance assigns anew, also what a member keeps.
          const isOurs = member.assigned.includes(at)
          if (isOurs && (await this.#workOnPartition(group, member, at.topic, at.partition))) idle = false
        }
      }
      await Promise.all(Array.from({ length: PARTITIONS_IN_FLIGHT }, workOnSome))
      if (idle) await this.#changeSince(seen)
    }
  }

  async #workOnPartition(group: Group, member: Member, topic: string, partition: number): Promise<boolean> {
    const name = `${topic}/${partition}`
    // Deleted since it was assigned.
    const log = this.#topics.get(topic)?.partitions[partition]
    if (!log) return false
    const from = member.next.get(name) ?? group.committed.get(name)?.offset ?? 0
    if (group.busy.has(name) || from >= log.length) return false
    const { generation } = group
    let advancedTo: number | undefined
    let committedTo: number | undefined
    const isCurrent = (): boolean => group.generation === generation && !member.stopping
    const batch: GroupBatch = {
      topic,
      partition,
      records: log.slice(from, from + this.#batchRecords()),
      endOffset: log.length,
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
        group.committed.set(name, { topic, partition, offset, metadata })
        committedTo = offset
      },
    }
    group.busy.set(name, member)
    try {
      await member.options.onBatch(batch)
      const next = advancedTo ?? committedTo
      if (next !== undefined && group.generation === generation) member.next.set(name, next)
    } catch {
      // As with Kafka: what wasn't committed is read again; the handler has said what was wrong.
      await sleep(10)
    } finally {
      if (group.busy.get(name) === member) group.busy.delete(name)
      this.#wake()
    }
    return true
  }

  #leave(group: Group, member: Member): void {
    if (group.members.delete(member)) this.#rebalance(group)
  }

  /** The groups that read this topic share its partitions out anew. */
  #reassign(topic: string): void {
    for (const group of this.#groups.values()) {
      const isRead = [...group.members].some(({ options: { topics } }) =>
        typeof topics === 'function' ? topics(topic) : topics.includes(topic),
      )
      if (isRead) this.#rebalance(group)
    }
  }

  #rebalance(group: Group): void {
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

  #append(partition: LogRecord[], { key, value, headers = {} }: OutgoingRecord): number {
    const offset = partition.length
    partition.push({
      offset,
      timestampMs: this.#clock(),
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers,
    })
    return offset
  }

  #topicsOf({ topics }: GroupOptions): readonly string[] {
    return typeof topics === 'function' ? [...this.#topics.keys()].filter(topics) : topics
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name)
    if (!topic) throw new Error(`There is no topic ${name}: run \`hashwarden topics apply\`.`)
    return topic
  }

  #group(name: string): Group {
    let group = this.#groups.get(name)
    if (!group) {
      group = { generation: 0, members: new Set(), committed: new Map(), busy: new Map() }
      this.#groups.set(name, group)
    }
    return group
  }

  /** Sleeps until something has changed since then: at once, if it already has. */
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

/** FNV-1a: spreads keys over partitions, the same key always to the same one. */
function partitionOf(key: Buffer, partitions: number): number {
  let hash = 0x811c9dc5
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash % partitions
}
