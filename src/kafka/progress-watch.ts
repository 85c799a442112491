// Notices partitions in which a reader makes no progress although there is more to read. Whatever the cause is, that must
// not look like a quiet topic.
import { partitionName, type PartitionOffsets, type TopicPartition } from '../log/event-log.ts'

/** How often partitions are looked at within the patience. */
const LOOKS = 6

export interface ProgressWatchOptions {
  /** A reader may stay at one offset for this long, in milliseconds, while the partition's end is ahead of it. */
  readonly patienceMs: number
  readonly ends: (topic: string) => Promise<readonly Pick<PartitionOffsets, 'partition' | 'end'>[]>
  /** Where the reader begins a partition that has given it no batch yet. */
  readonly startOf: (at: TopicPartition) => Promise<number>
  /** Milliseconds, of a monotonic clock. */
  readonly clock: () => number
  /** Called when it changes: the partitions without progress, by name, each with where it stands. */
  readonly onStalled: (partitions: ReadonlyMap<string, string>) => void
}

interface Watched {
  readonly at: TopicPartition
  /** The next offset to read; undefined before the first batch. */
  position: number | undefined
  batchesInWork: number
  /** The furthest end that a fetch has shown, which includes open transactions. */
  seenEnd: number
  /** Why the last fetch could bring nothing. */
  obstacle: string | undefined
  /** Since when it has been at this position with more ahead. */
  behindSinceMs: number | undefined
}

/** The watch of one reader. */
export class ProgressWatch {
  readonly #options: ProgressWatchOptions
  #watched = new Map<string, Watched>()
  readonly #stalled = new Map<string, string>()
  readonly #timer: NodeJS.Timeout

  constructor(options: ProgressWatchOptions) {
    this.#options = options
    // The connection's own listener reports an unreachable broker.
    this.#timer = setInterval(() => void this.look().catch(() => {}), options.patienceMs / LOOKS).unref()
  }

  /** The reader has these partitions from now on, and no others. */
  assigned(partitions: readonly TopicPartition[]): void {
    const before = this.#watched
    this.#watched = new Map(
      partitions.map((at) => {
        const name = partitionName(at)
        const behindSinceMs = before.get(name)?.behindSinceMs
        return [
          name,
          { at, position: undefined, batchesInWork: 0, seenEnd: 0, obstacle: undefined, behindSinceMs },
        ]
      }),
    )
    for (const name of before.keys()) if (!this.#watched.has(name)) this.#end(name)
  }

  /** A batch of this partition is in work until the function that it returns is called. Work is not judged. */
  working(at: TopicPartition): () => void {
    const watched = this.#watched.get(partitionName(at))
    if (!watched) return () => {}
    watched.batchesInWork++
    return () => {
      watched.batchesInWork--
    }
  }

  /** Reading goes on from this offset; or its next attempt is put off on purpose, and the offset stays. */
  moved(at: TopicPartition, position: number): void {
    const name = partitionName(at)
    const watched = this.#watched.get(name)
    if (!watched) return
    watched.position = position
    watched.behindSinceMs = undefined
    this.#end(name)
  }

  /** A fetch brought nothing, and said that the partition ends here; and why it can bring nothing, if it can't. */
  sawEnd(at: TopicPartition, end: number, obstacle?: string): void {
    const watched = this.#watched.get(partitionName(at))
    if (!watched) return
    watched.seenEnd = end
    watched.obstacle = obstacle
  }

  /** Looks at all partitions that are not in work. */
  async look(): Promise<void> {
    const idle = [...this.#watched.values()].filter(({ batchesInWork }) => batchesInWork === 0)
    const byTopic = Map.groupBy(idle, ({ at }) => at.topic)
    for (const [topic, some] of byTopic) {
      const ends = new Map((await this.#options.ends(topic)).map(({ partition, end }) => [partition, end]))
      for (const watched of some) await this.#judge(watched, ends.get(watched.at.partition) ?? 0)
    }
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#watched = new Map()
    for (const name of this.#stalled.keys()) this.#end(name)
  }

  async #judge(watched: Watched, askedEnd: number): Promise<void> {
    const { at } = watched
    const name = partitionName(at)
    const position = (watched.position ??= await this.#options.startOf(at))
    // Assigned anew, or handed a batch, while the log was asked.
    if (this.#watched.get(name) !== watched || watched.batchesInWork > 0) return
    const end = Math.max(askedEnd, watched.seenEnd)
    if (watched.position !== position || position >= end) {
      watched.behindSinceMs = undefined
      this.#end(name)
      return
    }
    const { clock, patienceMs } = this.#options
    const nowMs = clock()
    watched.behindSinceMs ??= nowMs
    if (nowMs - watched.behindSinceMs < patienceMs || this.#stalled.has(name)) return
    const where = `at offset ${position} of ${end} for ${patienceMs / 1000} s`
    // Records after the first open transaction can't be read yet, also not those of others.
    const isHeldBack = askedEnd <= position
    const reason =
      watched.obstacle ??
      (isHeldBack ? 'a transaction is open (kafka-transactions.sh find-hanging)' : undefined)
    const why = reason === undefined ? where : `${where}: ${reason}`
    this.#stalled.set(name, why)
    this.#options.onStalled(this.#stalled)
  }

  #end(name: string): void {
    if (this.#stalled.delete(name)) this.#options.onStalled(this.#stalled)
  }
}
