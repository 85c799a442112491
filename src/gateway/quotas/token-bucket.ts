// How many reports may pass: at most rate × time + burst, in any stretch of time, or one batch in place of the burst if it is
// larger: it passes when the bucket is full and leaves a debt, so that every batch passes in the end and the rate holds in the
// long run. Of several gateways each has a bucket with a share of rate and burst: a batch may take the place of each share.

export interface BucketTerms {
  readonly reportsPerSecond: number
  /** Reports that may come at once after a pause. */
  readonly burst: number
}

/** Sums of fractions are off by less than this many reports. */
const ROUNDING = 1e-6

/** Times are in milliseconds, of a clock that only rises. */
export class TokenBucket {
  #terms: BucketTerms
  /** Reports that may pass now; below 0 after a batch that was larger than the burst. */
  #level: number
  #atMs: number

  /** It begins full. */
  constructor(terms: BucketTerms, nowMs: number) {
    this.#terms = terms
    this.#level = terms.burst
    this.#atMs = nowMs
  }

  /** From now on other terms hold. The bucket's content stays, as far as the new burst goes. */
  change(terms: BucketTerms, nowMs: number): void {
    this.#fill(nowMs)
    this.#terms = terms
    this.#level = Math.min(this.#level, terms.burst)
  }

  isFull(nowMs: number): boolean {
    this.#fill(nowMs)
    return this.#level >= this.#terms.burst
  }

  /** Seconds until this number of reports may pass; 0 if it may now. */
  secondsUntil(reports: number, nowMs: number): number {
    this.#fill(nowMs)
    const missing = Math.min(reports, this.#terms.burst) - this.#level
    return missing <= ROUNDING ? 0 : missing / this.#terms.reportsPerSecond
  }

  /** They pass, after `secondsUntil` has allowed it. */
  take(reports: number): void {
    this.#level -= reports
  }

  #fill(nowMs: number): void {
    const seconds = Math.max(0, nowMs - this.#atMs) / 1_000
    this.#atMs = Math.max(nowMs, this.#atMs)
    this.#level = Math.min(this.#terms.burst, this.#level + seconds * this.#terms.reportsPerSecond)
  }
}
