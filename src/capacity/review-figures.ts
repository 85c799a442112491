// The review service: processes that take hits in, and the size of its PostgreSQL.
import { DAY_SECONDS, digits, type Figure, type PlannedLoad } from './figure.ts'
import { MEASURED } from './measured.ts'

const MOST_BUSY = 0.7
/** Two, because one may be away. */
const LEAST_PROCESSES = 2
/** The default of `review.retentionDays.refer`, as if every hit were referred. */
const KEPT_DAYS = 365
/** The audit, decisions, dead rows. */
const DATABASE_MARGIN = 2

const { review } = MEASURED

export function reviewFigures({ reports, hitShare }: PlannedLoad): readonly Figure[] {
  const hits = reports * hitShare
  return [
    {
      part: 'review',
      name: 'review processes',
      value: Math.max(LEAST_PROCESSES, Math.ceil(hits / review.hitsPerSecond / MOST_BUSY)),
      unit: 'number',
      formula: `⌈${digits(hits)} hits/s ÷ ${digits(review.hitsPerSecond)} hits/s ÷ ${MOST_BUSY}⌉, at least ${LEAST_PROCESSES}`,
      measured: `intake of one process, PostgreSQL on the same cores (${review.machine})`,
      margin: `at most ${MOST_BUSY * 100} % busy. Reviewers are the bound long before: each decides some cases a minute`,
    },
    {
      part: 'review',
      name: 'PostgreSQL',
      value: hits * DAY_SECONDS * KEPT_DAYS * review.databaseBytesPerHit * DATABASE_MARGIN,
      unit: 'bytes',
      formula: `${digits(hits)} hits/s × ${KEPT_DAYS} days × ${digits(review.databaseBytesPerHit)} bytes × ${DATABASE_MARGIN}`,
      measured: `database with ${digits(review.hits)} undecided hits, indices included (${review.sizeMachine})`,
      margin: `${DATABASE_MARGIN} ×, for decisions, the audit and dead rows`,
    },
  ]
}
