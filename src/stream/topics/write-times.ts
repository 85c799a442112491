// When the records of one partition were written, from what its end was at times in the past: no record is read for it.

/** From this many points on, every second one of the older half is dropped: then older times are less exact. */
const MAX_POINTS = 64

/** The partition had this end from `firstMs` to `lastMs`, as far as we looked. */
interface Point {
  readonly end: number
  firstMs: number
  lastMs: number
}

/**
 * A table of (end offset, time), each ascending. Of a record between two points it is known that it was written between
 * their times; where between, is interpolated. Extrapolation would inflate ages (lightbend/kafka-lag-exporter #5).
 */
export class WriteTimes {
  #points: Point[] = []

  /** At this time the partition ended at `end`. Times ascend from call to call. */
  add(atMs: number, end: number): void {
    const last = this.#points.at(-1)
    if (last && end === last.end) {
      last.lastMs = atMs
      return
    }
    // A topic that was recreated begins at 0 again.
    if (last && end < last.end) this.#points = []
    this.#points.push({ end, firstMs: atMs, lastMs: atMs })
    if (this.#points.length >= MAX_POINTS)
      this.#points = this.#points.filter((_, index) => index >= MAX_POINTS / 2 || index % 2 === 0)
  }

  /** At this time, which is before all that is in the table, the partition ended at `end`. */
  addBefore(atMs: number, end: number): void {
    const [first] = this.#points
    if (first && end === first.end) first.firstMs = atMs
    else if (!first || end < first.end) this.#points.unshift({ end, firstMs: atMs, lastMs: atMs })
  }

  /** When the record at this offset was written; undefined if it is older than all that is in the table. */
  timeOf(offset: number): number | undefined {
    const at = this.#points.findLastIndex(({ end }) => end <= offset)
    if (at === -1) return undefined
    const before = this.#points[at]
    const after = this.#points.at(at + 1)
    if (!after) return before.lastMs
    const share = (offset - before.end) / (after.end - before.end)
    return before.lastMs + share * (after.firstMs - before.lastMs)
  }

  /** Drops what only tells of records before this offset. */
  forgetBefore(offset: number): void {
    const at = this.#points.findLastIndex(({ end }) => end <= offset)
    if (at > 0) this.#points.splice(0, at)
  }
}
