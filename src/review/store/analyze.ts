// Statistics for PostgreSQL's planner, soon after a store was filled: see the function in migrations/001-review.ts.
import { sql } from 'kysely'
import type { ReviewDatabase } from './connect.ts'

const ANALYZE_WITHIN_S = 300

/** Analyzes the tables that have more changes than rows since the last time. Returns how many. */
export function analyzeGrownTables(db: ReviewDatabase): Promise<number> {
  return db.transaction().execute(async (tx) => {
    // It holds no lock that a reader or writer waits for. With a million hits, or a slow disk, it takes its time.
    await sql`set local statement_timeout = ${sql.lit(`${ANALYZE_WITHIN_S}s`)}`.execute(tx)
    const { rows } = await sql<{ analyzed: number }>`select analyze_grown_tables() as analyzed`.execute(tx)
    return rows[0].analyzed
  })
}
