// Sends what waits in the spool, a request at a time, until the gateway has it: all of a request, or none.
import type { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientEvents, ClientOptions } from './client-types.ts'
import { outcomeOf, type BadReport, type Outcome } from './outcome.ts'
import type { GatewayConnection } from './post.ts'
import type { RetryDelay } from './retry-delay.ts'
import { keepRejected } from './spool/rejected-file.ts'
import type { Spool } from './spool/spool.ts'

/** Of the bodies of requests, unpacked: half of what the gateway takes. */
const REQUEST_BYTES = 4 * 1024 * 1024

export interface DeliveryOptions {
  readonly spool: Spool
  readonly connection: GatewayConnection
  readonly key: ClientOptions['key']
  readonly batchReports: number
  readonly delay: RetryDelay
  readonly events: EventEmitter<ClientEvents>
}

export class Delivery {
  readonly #options: DeliveryOptions

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Sends all that waits. Resolves once nothing does, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { spool, batchReports } = this.#options
    while (!signal.aborted) {
      const batch = await spool.next(batchReports, REQUEST_BYTES)
      if (batch === undefined) return
      if (!(await this.#deliver(batch.texts, signal))) return
      await spool.release(batch)
    }
  }

  /** Returns false if the signal aborted before all were taken or rejected. */
  async #deliver(all: readonly string[], signal: AbortSignal): Promise<boolean> {
    const { delay, events } = this.#options
    let texts = all
    while (texts.length > 0) {
      const { outcome, status, retryAfterMs } = await this.#post(texts, signal)
      if (signal.aborted && outcome.kind === 'later') return false
      if (outcome.kind !== 'later') delay.reset()
      switch (outcome.kind) {
        case 'accepted':
          events.emit('accepted', { accepted: outcome.accepted, repeated: outcome.repeated })
          return true
        case 'rejected':
          await this.#reject(texts, outcome.reports, status ?? 0)
          texts = without(texts, outcome.reports)
          break
        case 'unclear': {
          if (texts.length === 1) {
            await this.#reject(texts, [{ at: 0, detail: outcome.detail }], status ?? 0)
            return true
          }
          const half = Math.ceil(texts.length / 2)
          if (!(await this.#deliver(texts.slice(0, half), signal))) return false
          texts = texts.slice(half)
          break
        }
        case 'later': {
          const inMs = delay.nextMs(retryAfterMs)
          events.emit('retry', { ...(status === undefined ? {} : { status }), reason: outcome.reason, inMs })
          await sleep(inMs, undefined, { signal }).catch(() => {})
          if (signal.aborted) return false
        }
      }
    }
    return true
  }

  async #post(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<{
    readonly outcome: Outcome
    readonly status?: number
    readonly retryAfterMs?: number | undefined
  }> {
    const { connection, key } = this.#options
    try {
      const answer = await connection.post(texts, typeof key === 'string' ? key : await key(), signal)
      const { status, retryAfterMs } = answer
      return { outcome: outcomeOf(answer, texts.length), status, retryAfterMs }
    } catch (error) {
      return { outcome: { kind: 'later', reason: reasonOf(error) } }
    }
  }

  async #reject(texts: readonly string[], reports: readonly BadReport[], status: number): Promise<void> {
    const { spool, events } = this.#options
    const kept = reports.map(({ at, detail }) => ({ status, detail, text: texts[at] }))
    await keepRejected(spool.rejectedFile, kept)
    for (const { text, detail } of kept) events.emit('rejected', { reportId: idOf(text), status, detail })
  }
}

const without = (texts: readonly string[], bad: readonly BadReport[]): readonly string[] => {
  const places = new Set(bad.map(({ at }) => at))
  return texts.filter((_, at) => !places.has(at))
}

function idOf(text: string): string {
  const { reportId } = JSON.parse(text) as { readonly reportId?: unknown }
  return typeof reportId === 'string' ? reportId : ''
}

/** Never the message: it may name what the key or the address hold. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return `no answer: ${code}`
}
