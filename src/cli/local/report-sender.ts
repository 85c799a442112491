// Sends reports to a gateway, as the made-up platforms of the demonstration do that have no Kafka.
import { Compile } from 'typebox/compile'
import { GatewayProblem } from '../../contract/gateway.ts'
import type { Report } from '../../contract/report.ts'
import { pause } from '../../waiting/pause.ts'

/** Reports of a request. */
const BATCH = 500
/** The gateway asks for the same request again, later. */
const AGAIN: ReadonlySet<number> = new Set([408, 429, 503])
/** Until the next try where the answer doesn't say, in seconds. */
const RETRY_SECONDS = 1

const problem = Compile(GatewayProblem)

export class ReportSender {
  readonly #url: string
  readonly #keys: ReadonlyMap<string, string>

  /** @param keys The API key of each platform. */
  constructor(url: string, keys: ReadonlyMap<string, string>) {
    this.#url = url
    this.#keys = keys
  }

  /** Resolves once the gateway has acknowledged all of them, or the signal aborts. */
  async send(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const requests: Promise<void>[] = []
    for (const [platform, ofPlatform] of Map.groupBy(reports, (report) => report.platform)) {
      const key = this.#keys.get(platform)
      if (key === undefined) throw new Error(`The demonstration has no key for the platform ${platform}`)
      for (let from = 0; from < ofPlatform.length; from += BATCH)
        requests.push(this.#post(key, JSON.stringify(ofPlatform.slice(from, from + BATCH)), signal))
    }
    await Promise.all(requests)
  }

  /** Tries until it has an answer: a repeated request does no harm. */
  async #post(key: string, body: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const answer = await fetch(`${this.#url}/v1/reports`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body,
        signal,
      }).catch(() => undefined)
      if (answer !== undefined && !AGAIN.has(answer.status)) {
        if (answer.status === 202) return void (await answer.text())
        const said: unknown = await answer.json()
        throw new Error(
          `The gateway refused reports (${answer.status}): ${problem.Check(said) ? said.title : 'no reason given'}`,
        )
      }
      await answer?.text()
      await pause(Number(answer?.headers.get('retry-after') ?? RETRY_SECONDS) * 1_000, signal)
    }
  }
}
