// The log in memory, bent as Kafka bends: rebalances, members that are expelled, deleted topics, gaps, small batches.
import type { Consumption, GroupOptions, TopicPartition } from '../../src/log/event-log.ts'
import { MemoryLog, type MemoryLogOptions } from '../../src/log/memory-log.ts'

/** A member of a group of this log. */
export interface BendableMembership extends Consumption {
  /**
   * Takes it for dead, as Kafka does with a member that sends no heartbeat: others get its partitions at once, and its
   * batches in work commit nothing.
   */
  readonly expel: () => void
}

export interface BendableLogOptions extends MemoryLogOptions {
  /** The most offsets that the next batch spans. */
  readonly batchOffsets?: () => number
}

export class BendableLog extends MemoryLog {
  readonly #batchOffsets: (() => number) | undefined

  constructor({ batchOffsets, ...options }: BendableLogOptions = {}) {
    super(options)
    this.#batchOffsets = batchOffsets
  }

  override async consume(options: GroupOptions): Promise<BendableMembership> {
    const { group, member, stop, leave } = this.join(options)
    return {
      stop,
      expel: () => {
        member.stopping = true
        for (const [name, worker] of group.busy) if (worker === member) group.busy.delete(name)
        leave()
      },
    }
  }

  /** Begins a new generation of a group, in which partitions move to other members. */
  rebalance(group: string): void {
    this.rebalanceGroup(this.group(group))
  }

  /** Deletes a topic with all that it holds, and what groups have committed in it. */
  deleteTopic(topic: string): void {
    this.removeTopic(topic)
  }

  /** Compacts a topic, as far as to its end. */
  compact(topic: string): void {
    this.compactRecords(topic)
  }

  /** Leaves offsets without records at the partition's end, as markers, aborted transactions and compaction do. */
  leaveGap(at: TopicPartition, count: number): void {
    this.skipOffsets(at, count)
  }

  protected override nextSpan(): number {
    return this.#batchOffsets?.() ?? super.nextSpan()
  }
}
