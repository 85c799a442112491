// Made-up traffic of the demonstration, as much as the matcher keeps up with.
import type { Report } from '../../contract/report.ts'
import { randomBalancedHash, type Random } from '../../sample/random-hash.ts'
import { makeReport } from '../../hashing/make-report.ts'
import { pause } from '../../waiting/pause.ts'
import type { Submit } from './both-ways.ts'
import { TRAFFIC_PLATFORM } from './uploaders.ts'

const FIRST_RATE = 500
const TICK_MS = 100
/** Ticks whose reports may be on their way at once: a slow acknowledgement alone is no reason to send less. */
const TICKS_IN_FLIGHT = 5
/** Seconds of traffic that may wait. With less the rate rises, with more it falls. */
const LAG_SECONDS = 0.5
/** Share of ticks in which a picture of the demonstration is reported once more. */
const PICTURE_SHARE = 0.1

/**
 * Keeps submitting reports of made-up pictures, and now and then one of `extra`, at the rate that the matcher keeps up
 * with: the rate rises while hardly anything waits, and falls while a queue builds up.
 */
export class Traffic {
  readonly #submit: Submit
  readonly #random: Random
  readonly #extra: () => Report
  #rate = FIRST_RATE
  /** The rate is multiplied with this to rise: a large factor until the first queue, then a small one. */
  #growth = 1.6

  constructor(submit: Submit, random: Random, extra: () => Report) {
    this.#submit = submit
    this.#random = random
    this.#extra = extra
  }

  /** Adapts the rate to the number of reports that wait to be matched. */
  adapt(lagRecords: number): void {
    const keepsUp = lagRecords < this.#rate * LAG_SECONDS
    if (!keepsUp) this.#growth = 1.1
    this.#rate = Math.max(50, this.#rate * (keepsUp ? this.#growth : 0.8))
  }

  async run(signal: AbortSignal): Promise<void> {
    const inFlight = new Set<Promise<void>>()
    const failures: unknown[] = []
    while (!signal.aborted) {
      const startedMs = performance.now()
      const count = Math.ceil((this.#rate * TICK_MS) / 1000)
      const reports = Array.from({ length: count }, () => this.#unrelatedReport())
      if (this.#random() < PICTURE_SHARE) reports.push(this.#extra())
      const submitted = this.#submit(reports, signal)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => inFlight.delete(submitted))
      inFlight.add(submitted)
      if (inFlight.size >= TICKS_IN_FLIGHT) await Promise.race(inFlight)
      if (failures.length > 0) break
      const tookMs = performance.now() - startedMs
      // If submitting itself is the bottleneck nothing queues up, and the rate would rise without end.
      if (tookMs > TICK_MS) this.#rate = Math.min(this.#rate, (count * 1000) / tookMs)
      const leftMs = TICK_MS - tookMs
      await pause(Math.max(1, leftMs), signal)
    }
    await Promise.all(inFlight)
    if (failures.length > 0) throw failures[0]
  }

  #unrelatedReport(): Report {
    return makeReport(TRAFFIC_PLATFORM, [
      { type: 'pdq', value: randomBalancedHash(this.#random), quality: 100 },
    ])
  }
}
