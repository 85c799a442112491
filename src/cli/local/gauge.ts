// Measures the progress of a group of matchers from outside.
import type { EventLog } from '../../log/event-log.ts'

/** How a group of matchers keeps up at one moment. */
export interface Reading {
  readonly matchedPerSecond: number
  readonly lagRecords: number
}

/** Measures a group's progress from outside, by its commits. */
export class ProgressGauge {
  readonly #log: EventLog
  readonly #group: string
  readonly #topic: string
  #last: { readonly committed: number; readonly atMs: number } | undefined

  constructor(log: EventLog, group: string, topic: string) {
    this.#log = log
    this.#group = group
    this.#topic = topic
  }

  async read(): Promise<Reading> {
    const [offsets, commits] = await Promise.all([
      this.#log.offsets(this.#topic),
      this.#log.committed(this.#group, this.#topic),
    ])
    const committedOf = new Map(commits.map(({ partition, offset }) => [partition, offset]))
    let committed = 0
    let lagRecords = 0
    for (const { partition, earliest, end } of offsets) {
      const offset = committedOf.get(partition) ?? earliest
      committed += offset
      lagRecords += Math.max(0, end - offset)
    }
    const atMs = performance.now()
    const { committed: before, atMs: beforeMs } = this.#last ?? { committed, atMs: atMs - 1 }
    this.#last = { committed, atMs }
    return { matchedPerSecond: ((committed - before) * 1000) / (atMs - beforeMs), lagRecords }
  }
}

/** The last 1,024 latencies, for percentiles. */
export class RecentLatencies {
  readonly #ring = new Float64Array(1024)
  #count = 0

  add(ms: number): void {
    this.#ring[this.#count++ % this.#ring.length] = ms
  }

  /** The percentile of the recent latencies, `share` from 0 to 1; undefined without any. */
  percentile(share: number): number | undefined {
    const recent = this.#ring.slice(0, Math.min(this.#count, this.#ring.length)).sort()
    return recent.length === 0
      ? undefined
      : recent[Math.min(recent.length - 1, Math.floor(recent.length * share))]
  }
}
