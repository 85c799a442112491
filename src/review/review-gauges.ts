// Shows operators what waits: cases by queue, and records of the outbox.
import { sql } from 'kysely'
import type { Metrics } from '../telemetry/metrics.ts'
import { Repeated } from '../waiting/repeated.ts'
import type { ReviewDatabase } from './store/connect.ts'
import type { StoreListener } from './store/store-listener.ts'

const LOOK_EVERY_MS = 10_000

export interface ReviewGaugesOptions {
  readonly db: ReviewDatabase
  readonly metrics: Metrics
  readonly store: StoreListener
}

/** Looks at the store every 10 s. While it can't be reached, the gauges have no series. */
export function startReviewGauges(options: ReviewGaugesOptions): { stop(): Promise<void> } {
  const { metrics, store } = options
  return new Repeated({
    everyMs: LOOK_EVERY_MS,
    work: () => lookAtStore(options),
    onFailure: (error) => {
      forgetCases(metrics)
      metrics.outboxWaiting.remove()
      metrics.outboxAge.reset()
      store.failed(error)
    },
  })
}

export async function lookAtStore({
  db,
  metrics,
}: Pick<ReviewGaugesOptions, 'db' | 'metrics'>): Promise<void> {
  const { rows: cases } = await sql<{ queue: string; count: number; leased: number; oldest: Date }>`
    select queue, count(*)::integer as count, min(oldest_at) as oldest,
      (count(*) filter (where state = 'leased'))::integer as leased
    from cases where state <> 'decided' group by queue`.execute(db)
  const { rows: decided } = await sql<{ queue: string; count: number }>`
    select queue, count(*)::integer as count from cases
    where state = 'decided' and decided_at > clock_timestamp() - interval '1 day' group by queue`.execute(db)
  const { rows: waiting } = await sql<{ count: number; oldest: Date | null }>`
    select count(*)::integer as count, min(due_at) as oldest from outbox where due_at <= clock_timestamp()`.execute(
    db,
  )
  forgetCases(metrics)
  for (const { queue, count } of decided) metrics.reviewDecidedCases.set({ queue }, count)
  for (const { queue, count, leased, oldest } of cases) {
    metrics.reviewOpenCases.set({ queue }, count)
    metrics.reviewLeasedCases.set({ queue }, leased)
    metrics.reviewOldestCase.set({ labels: { queue }, clock: Date.now, sinceMs: oldest.getTime() })
  }
  const [{ count, oldest }] = waiting
  metrics.outboxWaiting.set(count)
  metrics.outboxAge.set({ labels: {}, clock: Date.now, sinceMs: oldest?.getTime() })
}

function forgetCases(metrics: Metrics): void {
  const { reviewOpenCases, reviewLeasedCases, reviewDecidedCases, reviewOldestCase } = metrics
  for (const gauge of [reviewOpenCases, reviewLeasedCases, reviewDecidedCases, reviewOldestCase])
    gauge.reset()
}
