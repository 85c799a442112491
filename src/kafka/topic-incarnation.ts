// Commits name a topic and not which one: of one that was made again they would mean other records. But where times
// ascend along a partition (LogAppendTime), everything in a new topic is newer than what was read of the old one; so a
// place that has been reached, and how new the records before it are, tell the two apart.
import { formatCommitMetadata, parseCommitMetadata } from '../log/commit-metadata.ts'
import { partitionName, type TopicPartition } from '../log/event-log.ts'

/** The log is asked as often as this whether a partition is still the one that has been read; and at each assignment. */
export const CHECK_MS = 5_000
const RADIX = 36

/** A place in a partition: no record before `offset` is newer than `newestMs`. */
interface Mark {
  readonly offset: number
  readonly newestMs: number
}

interface Watched {
  /** Where it was when it was last found to be the same. Only then it moves on: so what came of another topic shows. */
  mark: Mark | undefined
  /** Of all records that have been read. */
  newestMs: number
  checkedAtMs: number
}

/** What the log tells. */
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

  /** Before a batch is worked on: whether its partition is the one that was read up to it. */
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

  /** How often a partition was begun anew: what was read of it before is of another one. */
  timesBegun(at: TopicPartition): number {
    return this.#timesBegun.get(partitionName(at)) ?? 0
  }

  /** The partition is another one now, and read from its beginning. */
  beginAnew(at: TopicPartition): void {
    this.#timesBegun.set(partitionName(at), this.timesBegun(at) + 1)
    const checkedAtMs = this.#source.clock()
    this.#watched.set(partitionName(at), { mark: undefined, newestMs: -Infinity, checkedAtMs })
  }

  /** A batch has been read whose newest record is of this time: before anything behind it is. */
  read(at: TopicPartition, newestMs: number): void {
    const watched = this.#watched.get(partitionName(at))
    if (watched) watched.newestMs = Math.max(watched.newestMs, newestMs)
  }

  /** Metadata with what the next owner needs; of a batch that has been read, and perhaps others behind it. */
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
