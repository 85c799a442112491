// The order of changes, and their times: what ranges and pages are cut from.
import { withRoom } from '../../search/growth.ts'

/** Places are given up together once as many of them are stale as are not, and at least this number. */
const STALE_AT_LEAST = 4_096

/**
 * Files in the order of their last changes. A change is named by its offset in the topic, which stays the same when the
 * process starts again. Its time is a whole second, rounded up: a range that ends now has all changes that were in the
 * topic before now. Times never fall along the order, whatever clocks producers have: a time before the last one becomes
 * that one, and a time in the future becomes now.
 */
export class ChangeOrder {
  #files = new Uint32Array(1_024)
  #seconds = new Uint32Array(1_024)
  #offsets = new Float64Array(1_024)
  #length = 0
  #stale = 0
  #lastSecond = 0
  readonly #placeOf: (file: number) => number
  readonly #clock: () => number

  /** @param placeOf The place that a file has now; -1: none. */
  constructor(placeOf: (file: number) => number, clock: () => number) {
    this.#placeOf = placeOf
    this.#clock = clock
  }

  /** Puts a file at the end, and returns its place. */
  add(file: number, offset: number, timeMs: number): number {
    const second = Math.ceil(Math.min(timeMs, this.#clock()) / 1_000)
    this.#lastSecond = Math.max(this.#lastSecond, second)
    const before = this.#placeOf(file)
    const isLast = before !== -1 && before === this.#length - 1
    const place = isLast ? before : this.#length++
    if (!isLast && before !== -1) this.#stale++
    this.#files = withRoom(Uint32Array, this.#files, this.#length)
    this.#seconds = withRoom(Uint32Array, this.#seconds, this.#length)
    this.#offsets = withRoom(Float64Array, this.#offsets, this.#length)
    this.#files[place] = file
    this.#seconds[place] = this.#lastSecond
    this.#offsets[place] = offset
    return place
  }

  /** Later changes get a later second. */
  close(second: number): void {
    this.#lastSecond = Math.max(this.#lastSecond, second + 1)
  }

  /** Gives up stale places if there are enough of them, and says where each file is then. */
  tidy(onMoved: (file: number, place: number) => void): void {
    if (this.#stale < STALE_AT_LEAST || this.#stale < this.#length / 2) return
    let to = 0
    for (let place = 0; place < this.#length; place++) {
      const file = this.#files[place]
      if (this.#placeOf(file) !== place) continue
      this.#files[to] = file
      this.#seconds[to] = this.#seconds[place]
      this.#offsets[to] = this.#offsets[place]
      // A place that is read later lies behind: a file's own place is never read again.
      onMoved(file, to++)
    }
    this.#length = to
    this.#stale = 0
  }

  file(place: number): number {
    return this.#files[place]
  }

  second(place: number): number {
    return this.#seconds[place]
  }

  offset(place: number): number {
    return this.#offsets[place]
  }

  /** The first place whose second is later than this one. */
  firstAfter(second: number): number {
    return this.#search((place) => this.#seconds[place] > second)
  }

  /** The first place whose offset is this one or a greater one. */
  firstFrom(offset: number): number {
    return this.#search((place) => this.#offsets[place] >= offset)
  }

  /** The first place that it holds for; it holds for all places behind it. */
  #search(holds: (place: number) => boolean): number {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (holds(middle)) high = middle
      else low = middle + 1
    }
    return low
  }
}
