// What each platform has sent, for operators: counts and times, never what the reports hold.
import { MOST_PLATFORMS } from '../contract/status.ts'

const REFUSALS = ['client', 'quota', 'server'] as const
/** Refused requests by the class of the answer: 429, other 4xx, 5xx. */
type RefusalClass = (typeof REFUSALS)[number]

interface Counts {
  readonly accepted: number
  readonly repeated: number
  /** Requests that were refused. */
  readonly refusals: Readonly<Record<RefusalClass, number>>
}

export interface PlatformCounts extends Counts {
  readonly platform: string
  /** Milliseconds since 1970. */
  readonly lastReportMs: number | undefined
  readonly lastRefusedMs: number | undefined
}

/** When what was counted came. */
type Times = Partial<Pick<PlatformCounts, 'lastReportMs' | 'lastRefusedMs'>>

const NONE: Counts = { accepted: 0, repeated: 0, refusals: { client: 0, quota: 0, server: 0 } }

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
    this.#add(platform, { ...NONE, ...counts }, { lastReportMs: this.#clock() })
  }

  /** @param status Of the HTTP answer. */
  refused(platform: string, status: number): void {
    const refusals = { ...NONE.refusals, [classOf(status)]: 1 }
    this.#add(platform, { ...NONE, refusals }, { lastRefusedMs: this.#clock() })
  }

  /** Adds to its counts; it becomes the latest. */
  #add(platform: string, more: Counts, times: Times): void {
    const before = this.#platforms.get(platform)
    this.#platforms.delete(platform)
    this.#platforms.set(platform, {
      platform,
      ...sum(before ?? NONE, more),
      lastReportMs: before?.lastReportMs,
      lastRefusedMs: before?.lastRefusedMs,
      ...times,
    })
    const [oldest] = this.#platforms.keys()
    if (this.#platforms.size > MOST_PLATFORMS) this.#platforms.delete(oldest)
    this.#total = { ...sum(this.#total, more), requests: this.#total.requests + 1 }
  }
}

const sum = (a: Counts, b: Counts): Counts => ({
  accepted: a.accepted + b.accepted,
  repeated: a.repeated + b.repeated,
  refusals: {
    client: a.refusals.client + b.refusals.client,
    quota: a.refusals.quota + b.refusals.quota,
    server: a.refusals.server + b.refusals.server,
  },
})

const classOf = (status: number): RefusalClass =>
  status === 429 ? 'quota' : status >= 500 ? 'server' : 'client'

export const refusedRequests = ({ refusals }: Counts): number =>
  REFUSALS.reduce((all, name) => all + refusals[name], 0)
