import type { Report } from '../../contract/report.ts'
import { randomBalancedHash, type Random } from '../../sample/random-hash.ts'
import type { EventLog } from '../../log/event-log.ts'
import { makeReport } from '../../hashing/make-report.ts'
import { submitReports } from '../../stream/topics/submit-reports.ts'
import { pause } from '../../waiting/pause.ts'

const FIRST_RATE = 500
const TICK_MS = 100
/** The rate is raised while less than this is waiting, in seconds of traffic, and lowered while more is. */
const LAG_SECONDS = 0.5
/** Share of ticks in which somebody passes on a picture of the demonstration once more. */
const PICTURE_SHARE = 0.1

/**
 * Keeps submitting reports of made-up pictures, and now and then one of `extra`, as many as the matcher keeps up
 * with: the rate grows while hardly anything is waiting, and falls while a queue builds up.
 */
export class Traffic {
  readonly #log: EventLog
  readonly #topic: string
  readonly #random: Random
  readonly #extra: () => Report
  #rate = FIRST_RATE
  /** How fast the rate grows: boldly until the first queue, then carefully. */
  #growth = 1.6

  constructor(log: EventLog, topic: string, random: Random, extra: () => Report) {
    this.#log = log
    this.#topic = topic
    this.#random = random
    this.#extra = extra
  }

  /** Takes in how many reports are waiting to be matched. */
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
      // Submitting itself may be the bottleneck: nothing queues up then, and the rate would grow without end.
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
