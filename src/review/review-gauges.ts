// Shows operators what waits: cases by queue, records of the outbox, audit entries without a published checkpoint. And how
// many people are signed in.
import { sql } from 'kysely'
import type { Metrics } from '../telemetry/metrics.ts'
import { Repeated } from '../waiting/repeated.ts'
import { outboxWaiting } from './decisions/outbox-waiting.ts'
import { countSessions } from './sign-in/sessions.ts'
import type { ReviewDatabase } from './store/connect.ts'
import type { StoreListener } from './store/store-listener.ts'

const LOOK_EVERY_MS = 10_000

export interface ReviewGaugesOptions {
  readonly db: ReviewDatabase
  readonly metrics: Metrics
  readonly store: StoreListener
}

/** Cases of one state in one queue; of decided ones, those of the last 24 hours. */
interface CaseCount {
  readonly queue: string
  readonly state: 'open' | 'leased' | 'decided'
  readonly count: number
  /** When the oldest report of an undecided one came. */
  readonly oldest: Date | null
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
      metrics.auditUncovered.reset()
      metrics.reviewSessions.remove()
      store.failed(error)
    },
  })
}

export async function lookAtStore({
  db,
  metrics,
}: Pick<ReviewGaugesOptions, 'db' | 'metrics'>): Promise<void> {
  // State by state: each has an index of its own, and the decided ones of years are not read.
  const { rows: cases } = await sql<CaseCount>`
    select queue, 'open' as state, count(*)::integer as count, min(oldest_at) as oldest
      from cases where state = 'open' group by queue
    union all
    select queue, 'leased', count(*)::integer, min(oldest_at) from cases where state = 'leased' group by queue
    union all
    select queue, 'decided', count(*)::integer, null from cases
      where state = 'decided' and decided_at > clock_timestamp() - interval '1 day' group by queue`.execute(
    db,
  )
  const waiting = await outboxWaiting(db)
  forgetCases(metrics)
  for (const [queue, counts] of Map.groupBy(cases, (one) => one.queue)) {
    const countOf = (state: CaseCount['state']): number =>
      counts.find((one) => one.state === state)?.count ?? 0
    metrics.reviewDecidedCases.set({ queue }, countOf('decided'))
    const oldest = counts.flatMap((one) => (one.oldest === null ? [] : [one.oldest.getTime()]))
    if (oldest.length === 0) continue
    metrics.reviewLeasedCases.set({ queue }, countOf('leased'))
    metrics.reviewOpenCases.set({ queue }, countOf('open') + countOf('leased'))
    metrics.reviewOldestCase.set({ labels: { queue }, clock: Date.now, sinceMs: Math.min(...oldest) })
  }
  metrics.outboxWaiting.set(waiting.records)
  metrics.outboxAge.set({ labels: {}, clock: Date.now, sinceMs: waiting.oldest?.getTime() })
  await lookAtAudit(db, metrics)
  metrics.reviewSessions.set(await countSessions(db))
}

/** A checkpoint that is still in the outbox isn't published. One covers all entries before its size. */
async function lookAtAudit(db: ReviewDatabase, metrics: Metrics): Promise<void> {
  const { rows } = await sql<{ at: Date }>`
    select at from audit_entries where leaf_index = coalesce((
      select size from audit_checkpoints where not exists (
        select from outbox where topic = 'audit-checkpoints' and value = note
      ) order by size desc limit 1), 0)`.execute(db)
  metrics.auditUncovered.set({ labels: {}, clock: Date.now, sinceMs: rows.at(0)?.at.getTime() })
}

function forgetCases(metrics: Metrics): void {
  const { reviewOpenCases, reviewLeasedCases, reviewDecidedCases, reviewOldestCase } = metrics
  for (const gauge of [reviewOpenCases, reviewLeasedCases, reviewDecidedCases, reviewOldestCase])
    gauge.reset()
}
