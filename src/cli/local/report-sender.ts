// Sends reports to a gateway, as the made-up platforms of the demonstration do that have no Kafka. Without the disk of the
// client of platforms: what waits when the demonstration ends is nothing to keep.
import type { Report } from '../../contract/report.ts'
import { outcomeOf } from '../../report-client/outcome.ts'
import { GatewayConnection } from '../../report-client/post.ts'
import { RetryDelay } from '../../report-client/retry-delay.ts'
import { pause } from '../../waiting/pause.ts'

/** Reports of a request. */
const BATCH = 500
const TIMEOUT_MS = 30_000
/** Before the first retry, and the longest delay, in milliseconds. */
const RETRY_MS = [200, 5_000] as const

export class ReportSender {
  readonly #connection: GatewayConnection
  readonly #keys: ReadonlyMap<string, string>

  /** @param keys The API key of each platform. */
  constructor(url: string, keys: ReadonlyMap<string, string>) {
    this.#connection = new GatewayConnection(url, TIMEOUT_MS)
    this.#keys = keys
  }

  /** Resolves once the gateway has acknowledged all of them, or the signal aborts. */
  async send(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const requests: Promise<void>[] = []
    for (const [platform, ofPlatform] of Map.groupBy(reports, (report) => report.platform)) {
      const key = this.#keys.get(platform)
      if (key === undefined) throw new Error(`The demonstration has no key for the platform ${platform}`)
      for (let from = 0; from < ofPlatform.length; from += BATCH)
        requests.push(this.#post(key, ofPlatform.slice(from, from + BATCH), signal))
    }
    await Promise.all(requests)
  }

  close(): void {
    this.#connection.close()
  }

  /** Tries until the reports are taken: a repeated request does no harm. */
  async #post(key: string, reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const texts = reports.map((report) => JSON.stringify(report))
    const delay = new RetryDelay(RETRY_MS)
    while (!signal.aborted) {
      const answer = await this.#connection.post(texts, key, signal).catch(() => undefined)
      const outcome = answer && outcomeOf(answer, reports.length)
      if (outcome?.kind === 'accepted') return
      if (outcome && outcome.kind !== 'later') {
        const detail = outcome.kind === 'unclear' ? outcome.detail : outcome.reports[0]?.detail
        throw new Error(`The gateway refused reports: ${detail}`)
      }
      await pause(delay.nextMs(answer?.retryAfterMs), signal)
    }
  }
}
