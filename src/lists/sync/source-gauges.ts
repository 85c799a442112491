// How each source looks from outside: metrics, and what the process says of it.
import type { ListsStatus } from '../../contract/status.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { REFUSED_PAGE_CODES } from './source-error.ts'
import type { SourcePoller } from './source-poller.ts'

interface Described {
  readonly name: string
  readonly kind: string
  readonly staleAfterMs: number
}

const CHANGES = ['added', 'changed', 'removed'] as const

export class SourceGauges {
  readonly #metrics: Metrics
  readonly #sources: ReadonlyMap<string, Described>
  /** A source that was never read to its end counts from here on. */
  readonly #startedMs = Date.now()

  constructor(metrics: Metrics, sources: readonly Described[]) {
    this.#metrics = metrics
    this.#sources = new Map(sources.map((source) => [source.name, source]))
    // A series that appears at its first event appears at 1, and `increase()` of that is 0.
    for (const { name: source } of sources) {
      metrics.listPages.inc({ source }, 0)
      metrics.listRecordsRefused.inc({ source }, 0)
      for (const code of REFUSED_PAGE_CODES) metrics.listPagesRefused.inc({ source, code }, 0)
      for (const change of CHANGES) metrics.listEntries.inc({ source, change }, 0)
    }
  }

  show({ name: source, staleAfterMs }: Described, poller: SourcePoller): void {
    const { listAge, listStaleAfter, listPending, listTroubled } = this.#metrics
    const { checkedAt, problem } = poller.state
    listAge.set({
      labels: { source },
      clock: Date.now,
      sinceMs: checkedAt === undefined ? this.#startedMs : Date.parse(checkedAt),
    })
    listStaleAfter.set({ source }, staleAfterMs / 1000)
    listPending.set({ source }, poller.waitingChange ? 1 : 0)
    listTroubled.set({ source }, problem ? 1 : 0)
  }

  statusOf(poller: SourcePoller): ListsStatus['sources'][number] {
    const { source, checkedAt, newestAt, problem } = poller.state
    const { waitingChange: pending, entries } = poller
    // A poller is made of one of the sources.
    const { kind = 'other', staleAfterMs = 0 } = this.#sources.get(source) ?? {}
    return {
      source,
      kind,
      staleAfterSeconds: staleAfterMs / 1000,
      ...(entries === undefined ? {} : { entries }),
      ...(checkedAt === undefined ? {} : { checkedAt }),
      ...(newestAt === undefined ? {} : { newestAt }),
      ...(problem === undefined ? {} : { problem: { code: problem.code, since: problem.since } }),
      ...(pending === undefined ? {} : { pending: { why: pending.why, since: pending.since } }),
    }
  }

  /** Another daemon says it from now on. */
  reset(): void {
    this.#metrics.listAge.reset()
    this.#metrics.listStaleAfter.reset()
    this.#metrics.listPending.reset()
    this.#metrics.listTroubled.reset()
  }
}
