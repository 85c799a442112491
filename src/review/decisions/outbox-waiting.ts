// How many records of the outbox are due, and since when.
import { sql } from 'kysely'
import type { ReviewDatabase } from '../store/connect.ts'

export interface OutboxWaiting {
  readonly records: number
  /** When the oldest of them was due. */
  readonly oldest: Date | undefined
}

export async function outboxWaiting(db: ReviewDatabase): Promise<OutboxWaiting> {
  const { rows } = await sql<{ records: number; oldest: Date | null }>`
    select count(*)::integer as records, min(due_at) as oldest from outbox where due_at <= clock_timestamp()`.execute(
    db,
  )
  const [{ records, oldest }] = rows
  return { records, oldest: oldest ?? undefined }
}
