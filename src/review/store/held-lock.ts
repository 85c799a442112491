// Work that one process of all does at a time: the holder of an advisory lock.
import { sql, type Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/**
 * Does the work on a connection that holds this advisory lock of the database. False, and nothing is done: another process
 * holds it. If the connection is lost, so is the lock; and so it is when the holder, frozen, asks nothing for `frozenAfterMs`:
 * PostgreSQL itself then ends the connection.
 */
export function whileHeld(
  db: Kysely<Tables>,
  lock: number,
  work: (held: Kysely<Tables>) => Promise<void>,
  { frozenAfterMs }: { readonly frozenAfterMs?: number } = {},
): Promise<boolean> {
  return db.connection().execute(async (held) => {
    if (!(await takeLock(held, lock))) return false
    try {
      if (frozenAfterMs !== undefined)
        await sql`select set_config('idle_session_timeout', ${String(frozenAfterMs)}, false)`.execute(held)
      await work(held)
      return true
    } finally {
      // The connection goes back to the others, which may be idle.
      if (frozenAfterMs !== undefined) await sql`reset idle_session_timeout`.execute(held).catch(() => {})
      await sql`select pg_advisory_unlock(${lock})`.execute(held).catch(() => {})
    }
  })
}

async function takeLock(held: Kysely<Tables>, lock: number): Promise<boolean> {
  // Else the lock of a machine that lost its power would be held for two hours.
  await sql`select set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '5', false),
    set_config('tcp_keepalives_count', '3', false)`.execute(held)
  const { rows } = await sql<{
    held: boolean
  }>`select pg_try_advisory_lock(${lock}) as held`.execute(held)
  return rows[0].held
}
