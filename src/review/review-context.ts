// What every function of the queue and of decisions works with.
import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { ReviewSettings } from '../settings/review-settings.ts'
import type { ReviewDatabase } from './store/connect.ts'
import type { Tables } from './store/tables.ts'

export interface ReviewContext {
  readonly db: ReviewDatabase
  readonly settings: ReviewSettings
  /** The time as SQL. A test gives one that it can move. */
  readonly clock: RawBuilder<Date>
}

/** A subquery is evaluated once, so an index can be searched by it; now() would be the time before a lock was waited for. */
export const storeClock: RawBuilder<Date> = sql`(select clock_timestamp())`

/** The time in a transaction: ask for it after its locks are held. In whole milliseconds, as messages carry it. */
export async function timeNow(tx: Transaction<Tables>, { clock }: ReviewContext): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`select ${clock} as at`.execute(tx)
  return new Date(rows[0].at)
}
