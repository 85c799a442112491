// A platform that reports by HTTPS, as a good client does: it sends a request again until it is acknowledged, and keeps a log
// of what was.
import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalJson } from '../../../src/contract/json.ts'
import { reportOf } from '../../gateway/gateway-in-memory.ts'

const MOST_REPORTS = 200
/** Between two attempts, in milliseconds. */
const RETRY_MS = 50
/** A request that a killed process leaves without an answer. */
const ANSWER_WITHIN_MS = 20_000

/** Requests and answers of all platforms. */
export interface Ledger {
  /** By reportId, the canonical JSON of every report that was sent. */
  readonly sent: Map<string, string>
  /** The ids of those that a 202 has acknowledged. */
  readonly acknowledged: Set<string>
  requests: number
  attempts: number
  repeated: number
  /** Answers that no fault explains, by status. */
  readonly wrong: Map<number, number>
}

export const emptyLedger = (): Ledger => ({
  sent: new Map(),
  acknowledged: new Set(),
  requests: 0,
  attempts: 0,
  repeated: 0,
  wrong: new Map(),
})

export interface PlatformOptions {
  readonly name: string
  readonly key: string
  readonly url: () => string
  readonly ledger: Ledger
  readonly random: () => number
  /** No new request begins any more. */
  readonly signal: AbortSignal
}

/** Reports until the signal aborts, and then until what it has begun is acknowledged. */
export async function keepReporting(options: PlatformOptions): Promise<void> {
  const { name, ledger, random, signal } = options
  for (let n = 0; !signal.aborted; n++) {
    const ids = Array.from(
      { length: 1 + Math.floor(random() * MOST_REPORTS) },
      (_, at) => `${name}-${n}-${at}`,
    )
    for (const id of ids) ledger.sent.set(id, canonicalJson(reportOf(id, { platform: name })))
    ledger.requests++
    await untilAcknowledged(options, ids)
    for (const id of ids) ledger.acknowledged.add(id)
    // Some send a request again although it was answered.
    if (random() < 0.1) await untilAcknowledged(options, ids)
  }
}

async function untilAcknowledged(options: PlatformOptions, ids: readonly string[]): Promise<void> {
  for (;;) {
    options.ledger.attempts++
    const status = await attempt(options, ids)
    if (status === 202) return
    if (status !== undefined && status !== 503)
      options.ledger.wrong.set(status, (options.ledger.wrong.get(status) ?? 0) + 1)
    await sleep(RETRY_MS)
  }
}

/** The status; undefined if there was no answer. */
async function attempt(
  { key, url, ledger }: PlatformOptions,
  ids: readonly string[],
): Promise<number | undefined> {
  try {
    const answer = await fetch(`${url()}/v1/reports`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify(ids.map((id) => reportOf(id))),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    const { repeated = 0 }: { repeated?: number } = Object(await answer.json())
    ledger.repeated += repeated
    return answer.status
  } catch {
    return undefined
  }
}
