// Tells a recreated topic from the one that a group has read. Commits name a topic, and not its incarnation: in a
// recreated topic the same offset means other records. But where times ascend along a partition (LogAppendTime), all
// records of the new topic are newer than those that were read of the old one. So an offset that was reached, and the
// time of the newest record before it, tell the two apart.
import { formatCommitMetadata, parseCommitMetadata } from '../log/commit-metadata.ts'
import { partitionName, type TopicPartition } from '../log/event-log.ts'

/** How often the log is asked whether a partition is still the same, in milliseconds; also after each assignment. */
export const CHECK_MS = 5_000
const RADIX = 36

/** A place in a partition: no record before `offset` is newer than `newestMs`. */
interface Mark {
  readonly offset: number
  readonly newestMs: number
}

interface Watched {
  /** The place of the last check that found it to be the same. It moves with such a check only. */
  mark: Mark | undefined
  /** The time of the newest record that was read. */
  newestMs: number
  checkedAtMs: number
}

/** The questions to the log. */
export interface IncarnationSource {
  /** The metadata of the group's commit; undefined without one. */
  readonly committed: (at: TopicPartition) => Promise<string | undefined>
  /** The first offset of a record of this time or later; the end if there is none. */
  readonly firstSince: (at: TopicPartition, sinceMs: number) => Promise<number>
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number
}

/** Knows whether the partitions that a member reads are still those that its group has read before. */
export class TopicIncarnations {
  readonly #source: IncarnationSource
  readonly #timesBegun = new Map<string, number>()
  #watched = new Map<string, Watched>()

  constructor(source: IncarnationSource) {
    this.#source = source
  }

  /** A new generation: this member knows of its partitions only what their last owners have committed. */
  assigned(): void {
    // Not cleared: answers that the old generation still waits for must not come into the new one.
    this.#watched = new Map()
  }

  /** Asked before a batch is worked on: whether its partition is the one that was read up to this offset. */
  async isSame(at: TopicPartition, batchOffset: number): Promise<boolean> {
    const { clock, firstSince } = this.#source
    const watched = this.#watched.get(partitionName(at)) ?? (await this.#load(at))
    const { mark, newestMs } = watched
    if (mark && clock() - watched.checkedAtMs < CHECK_MS) return true
    if (mark && (await firstSince(at, mark.newestMs + 1)) < mark.offset) return false
    watched.checkedAtMs = clock()
    if (newestMs > -Infinity) watched.mark = { offset: batchOffset, newestMs }
    return true
  }

  /** How often a partition was begun again: batches of before then belong to another topic. */
  timesBegun(at: TopicPartition): number {
    return this.#timesBegun.get(partitionName(at)) ?? 0
  }

  /** The partition belongs to a recreated topic: it is read from its beginning. */
  beginAnew(at: TopicPartition): void {
    this.#timesBegun.set(partitionName(at), this.timesBegun(at) + 1)
    const checkedAtMs = this.#source.clock()
    this.#watched.set(partitionName(at), { mark: undefined, newestMs: -Infinity, checkedAtMs })
  }

  /** A batch was read whose newest record has this time. Called before the next batch is read. */
  read(at: TopicPartition, newestMs: number): void {
    const watched = this.#watched.get(partitionName(at))
    if (watched) watched.newestMs = Math.max(watched.newestMs, newestMs)
  }

  /** The metadata of a commit, with the mark that the next owner needs. */
  stamp(at: TopicPartition, metadata: string): string {
    const watched = this.#watched.get(partitionName(at))
    if (!watched) return metadata
    const { offset, newestMs: markedMs } = watched.mark ?? { offset: 0, newestMs: 0 }
    const numbers = [offset, markedMs, watched.newestMs]
    const stamp = numbers.map((number) => number.toString(RADIX)).join('.')
    return formatCommitMetadata({ ...parseCommitMetadata(metadata), stamp })
  }

  async #load(at: TopicPartition): Promise<Watched> {
    const generation = this.#watched
    const { stamp = '' } = parseCommitMetadata((await this.#source.committed(at)) ?? '')
    const [offset, markedMs, newestMs] = stamp.split('.').map((digits) => parseInt(digits, RADIX))
    const watched: Watched = {
      mark: offset > 0 ? { offset, newestMs: markedMs } : undefined,
      newestMs: newestMs >= 0 ? newestMs : -Infinity,
      checkedAtMs: -Infinity,
    }
    generation.set(partitionName(at), watched)
    return watched
  }
}
