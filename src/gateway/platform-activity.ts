// What each platform has sent, for operators: counts and times, never what the reports hold.

/** Platforms that are named, at most: those that reported latest. */
const MOST_PLATFORMS = 256

interface Counts {
  readonly accepted: number
  readonly repeated: number
  /** Requests that were refused. */
  readonly refused: number
}

export interface PlatformCounts extends Counts {
  readonly platform: string
  /** Milliseconds since 1970. */
  readonly lastReportMs: number | undefined
}

const NONE: Counts = { accepted: 0, repeated: 0, refused: 0 }

export class PlatformActivity {
  readonly #platforms = new Map<string, PlatformCounts>()
  readonly #clock: () => number
  #total = { ...NONE, requests: 0 }

  constructor(clock: () => number = Date.now) {
    this.#clock = clock
  }

  /** Of all platforms, those that are no longer named included. */
  get total(): Counts & { readonly requests: number } {
    return this.#total
  }

  /** Those that reported latest first. */
  get platforms(): readonly PlatformCounts[] {
    return [...this.#platforms.values()].toReversed()
  }

  took(platform: string, counts: { readonly accepted: number; readonly repeated: number }): void {
    this.#add(platform, { ...NONE, ...counts }, this.#clock())
  }

  refused(platform: string): void {
    this.#add(platform, { ...NONE, refused: 1 }, undefined)
  }

  /** Adds to its counts; it becomes the latest. */
  #add(platform: string, more: Counts, reportMs: number | undefined): void {
    const before = this.#platforms.get(platform)
    this.#platforms.delete(platform)
    this.#platforms.set(platform, {
      platform,
      ...sum(before ?? NONE, more),
      lastReportMs: reportMs ?? before?.lastReportMs,
    })
    const [oldest] = this.#platforms.keys()
    if (this.#platforms.size > MOST_PLATFORMS) this.#platforms.delete(oldest)
    this.#total = { ...sum(this.#total, more), requests: this.#total.requests + 1 }
  }
}

const sum = (a: Counts, b: Counts): Counts => ({
  accepted: a.accepted + b.accepted,
  repeated: a.repeated + b.repeated,
  refused: a.refused + b.refused,
})
