// Made-up traffic of the demonstration, as much as the matcher keeps up with.
import type { Report } from '../../contract/report.ts'
import { randomBalancedHash, type Random } from '../../sample/random-hash.ts'
import type { EventLog } from '../../log/event-log.ts'
import { makeReport } from '../../hashing/make-report.ts'
import { submitReports } from '../../stream/topics/submit-reports.ts'
import { pause } from '../../waiting/pause.ts'

const FIRST_RATE = 500
const TICK_MS = 100
/** Seconds of traffic that may wait. With less the rate rises, with more it falls. */
const LAG_SECONDS = 0.5
/** Share of ticks in which a picture of the demonstration is reported once more. */
const PICTURE_SHARE = 0.1

/**
 * Keeps submitting reports of made-up pictures, and now and then one of `extra`, at the rate that the matcher keeps up
 * with: the rate rises while hardly anything waits, and falls while a queue builds up.
 */
export class Traffic {
  readonly #log: EventLog
  readonly #topic: string
  readonly #random: Random
  readonly #extra: () => Report
  #rate = FIRST_RATE
  /** The rate is multiplied with this to rise: a large factor until the first queue, then a small one. */
  #growth = 1.6

  constructor(log: EventLog, topic: string, random: Random, extra: () => Report) {
    this.#log = log
    this.#topic = topic
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
    while (!signal.aborted) {
      const startedMs = performance.now()
      const count = Math.ceil((this.#rate * TICK_MS) / 1000)
      const reports = Array.from({ length: count }, () => this.#unrelatedReport())
      if (this.#random() < PICTURE_SHARE) reports.push(this.#extra())
      await submitReports(this.#log, this.#topic, reports)
      const tookMs = performance.now() - startedMs
      // If submitting itself is the bottleneck nothing queues up, and the rate would rise without end.
      if (tookMs > TICK_MS) this.#rate = Math.min(this.#rate, (count * 1000) / tookMs)
      const leftMs = TICK_MS - tookMs
      await pause(Math.max(1, leftMs), signal)
    }
  }

  #unrelatedReport(): Report {
    return makeReport('demo-traffic', [
      { type: 'pdq', value: randomBalancedHash(this.#random), quality: 100 },
    ])
  }
}
