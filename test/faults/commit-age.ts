// For how long the oldest report waits for its commit, as the broker sees it: no matcher's word is taken for it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog } from '../../src/log/event-log.ts'

const LOOK_MS = 200

/** A partition's end, and those before it that are not committed yet with the times at which they were not there. */
interface SeenEnds {
  last: number
  readonly waiting: { readonly end: number; readonly sinceMs: number }[]
}

export interface CommitAgeOptions {
  readonly log: EventLog
  readonly group: string
  readonly topic: string
}

/** Looks at ends and commits until its signal aborts. Times are of this process's clock that never goes back. */
export class CommitAge {
  readonly #options: CommitAgeOptions
  readonly #ends = new Map<number, SeenEnds>()
  #lookedAtMs = performance.now()
  #seconds = 0
  #longest = 0
  #uncommitted = 0
  #committed = 0

  constructor(options: CommitAgeOptions) {
    this.#options = options
  }

  /** Age of the oldest uncommitted report, in seconds: at most this, and 0.2 s less at least. */
  get seconds(): number {
    // A look that does not come back says nothing: the age grows meanwhile.
    return this.#seconds + Math.max(0, (performance.now() - this.#lookedAtMs) / 1000 - 1)
  }

  /** Reports that are not committed. */
  get uncommitted(): number {
    return this.#uncommitted
  }

  /** Offsets committed, of all partitions together. */
  get committed(): number {
    return this.#committed
  }

  /** The greatest age since it was asked last. */
  takeLongest(): number {
    const longest = Math.max(this.#longest, this.seconds)
    this.#longest = this.seconds
    return longest
  }

  async run(signal: AbortSignal): Promise<void> {
    let beforeMs = performance.now()
    while (!signal.aborted) {
      const askedMs = performance.now()
      // A broker that is busy answers late or not at all: the next look says more.
      await this.#look(beforeMs).catch(() => {})
      beforeMs = askedMs
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** What came since the look before may be as old as that one. */
  async #look(beforeMs: number): Promise<void> {
    const { log, group, topic } = this.#options
    const ends = await log.offsets(topic)
    const commits = new Map((await log.committed(group, topic)).map((one) => [one.partition, one.offset]))
    let oldestMs = Infinity
    let [committed, uncommitted] = [0, 0]
    for (const { partition, end, earliest } of ends) {
      const next = commits.get(partition) ?? earliest
      const seen = this.#ends.get(partition) ?? { last: earliest, waiting: [] }
      this.#ends.set(partition, seen)
      if (end > seen.last) seen.waiting.push({ end, sinceMs: beforeMs })
      seen.last = end
      while (seen.waiting.length > 0 && seen.waiting[0].end <= next) seen.waiting.shift()
      if (seen.waiting.length > 0) oldestMs = Math.min(oldestMs, seen.waiting[0].sinceMs)
      committed += next
      uncommitted += Math.max(0, end - next)
    }
    this.#committed = committed
    this.#uncommitted = uncommitted
    this.#lookedAtMs = performance.now()
    this.#seconds = oldestMs === Infinity ? 0 : (this.#lookedAtMs - oldestMs) / 1000
    this.#longest = Math.max(this.#longest, this.#seconds)
  }
}
