// What changed, said to the other processes through PostgreSQL: browsers that look at it ask again.
import { sql, type Kysely } from 'kysely'
import type { EVENT_NAMES } from '../contract/review.ts'
import type { Tables } from './store/tables.ts'

export const CHANNEL = 'review'

/**
 * `queue`: cases came into it or left it; `case`: the case has other hits, decisions or marks; `lease`: its lease began or
 * ended. Browsers get those of the queues that their person may see.
 */
export interface Announcement {
  readonly event: (typeof EVENT_NAMES)[number]
  /** The name of the case's queue. */
  readonly queue: string
  readonly caseId?: string
}

/**
 * Call it in the transaction that makes the change: it is sent when that commits, and never if it does not. Equal ones of
 * one transaction are sent once. With many cases at once announce their queues, not each case.
 */
export async function announce(db: Kysely<Tables>, announcements: readonly Announcement[]): Promise<void> {
  if (announcements.length === 0) return
  const payloads = announcements.map((one) => JSON.stringify(one))
  await sql`select pg_notify(${CHANNEL}, payload) from unnest(${payloads}::text[]) as payload`.execute(db)
}
