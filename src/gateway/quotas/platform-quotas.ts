// How many reports each platform may send. A quota is of all gateways together: each of them lets its share pass. What counts
// is how many reports come, never what they hold.
import type { GatewaySettings } from '../../settings/gateway-settings.ts'
import { GatewayRefusal } from '../gateway-problem.ts'
import { TokenBucket, type BucketTerms } from './token-bucket.ts'

/** What a request has taken of its platform's quota. */
export interface Charge {
  /**
   * It turns out to hold this many reports: they pass all together, or are refused. Those that are repeated count like the others.
   * @throws GatewayRefusal
   */
  take(reports: number): void
  /** Nothing came of it, by no fault of the platform. */
  giveBack(): void
}

/** With more buckets than this, those that are full are forgotten: a new one is full, too. */
const MANY_BUCKETS = 1_000

export interface PlatformQuotasOptions {
  readonly settings: GatewaySettings['quotas']
  /** How many share the quotas, this one included; undefined while that isn't known. */
  readonly gateways: () => number | undefined
  /** Milliseconds, of a clock that only rises. */
  readonly clock?: () => number
}

interface Bucket {
  readonly tokens: TokenBucket
  /** The share that its terms are for. */
  gateways: number
}

export class PlatformQuotas {
  readonly #options: PlatformQuotasOptions
  readonly #clock: () => number
  readonly #terms: ReadonlyMap<string, BucketTerms>
  readonly #buckets = new Map<string, Bucket>()
  #sweepsAt = MANY_BUCKETS
  /** As it was last known. */
  #gateways = 1

  constructor(options: PlatformQuotasOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
    this.#terms = new Map(options.settings.platforms.map((one) => [one.platform, one]))
  }

  /**
   * Before a body is read: a request counts as one report, also if it turns out to be refused.
   * @throws GatewayRefusal
   */
  admit(platform: string): Charge {
    let taken = 0
    const change = (reports: number): void => {
      const nowMs = this.#clock()
      const bucket = this.#bucketOf(platform, nowMs)
      bucket.take(-taken)
      const isAllowed = bucket.secondsUntil(reports, nowMs) === 0
      if (isAllowed) taken = reports
      bucket.take(taken)
      if (isAllowed) return
      const seconds = bucket.secondsUntil(reports, nowMs)
      throw new GatewayRefusal('too-many-requests', { retrySeconds: Math.ceil(seconds) })
    }
    change(1)
    return { take: change, giveBack: () => change(0) }
  }

  #bucketOf(platform: string, nowMs: number): TokenBucket {
    const gateways = this.#sharing()
    const terms = this.#share(platform, gateways)
    const bucket = this.#buckets.get(platform)
    if (bucket === undefined) {
      const tokens = new TokenBucket(terms, nowMs)
      if (this.#buckets.size >= this.#sweepsAt) this.#forgetFull(nowMs)
      this.#buckets.set(platform, { tokens, gateways })
      return tokens
    }
    if (bucket.gateways !== gateways) {
      bucket.tokens.change(terms, nowMs)
      bucket.gateways = gateways
    }
    return bucket.tokens
  }

  /** While the number isn't known: as last known, and not fewer than the settings say. */
  #sharing(): number {
    const known = this.#options.gateways()
    if (known === undefined) return Math.max(this.#gateways, this.#options.settings.assumedGateways)
    this.#gateways = Math.max(1, known)
    return this.#gateways
  }

  #share(platform: string, gateways: number): BucketTerms {
    const { reportsPerSecond, burst } = this.#terms.get(platform) ?? this.#options.settings.default
    return { reportsPerSecond: reportsPerSecond / gateways, burst: burst / gateways }
  }

  #forgetFull(nowMs: number): void {
    for (const [platform, { tokens }] of this.#buckets)
      if (tokens.isFull(nowMs)) this.#buckets.delete(platform)
    this.#sweepsAt = Math.max(MANY_BUCKETS, 2 * this.#buckets.size)
  }
}
