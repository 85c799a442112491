// PostgreSQL's statistics soon after a store was filled.
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { analyzeGrownTables } from '../../../src/review/store/analyze.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { openReviewStore, type ReviewStore } from '../review-store.ts'

const fill = (store: ReviewStore, from: number, rows: number): Promise<unknown> =>
  sql`insert into subjects (subject_key)
    select decode(lpad(to_hex(n), 8, '0'), 'hex') from generate_series(${from}::integer, ${from + rows - 1}::integer) as n`.execute(
    store.server,
  )

/** As the planner knows it. */
async function rowsKnown(store: ReviewStore): Promise<number> {
  const { rows } = await sql<{ rows: number }>`
    select reltuples as rows from pg_class where oid = 'subjects'::regclass`.execute(store.server)
  return rows[0].rows
}

test('the role that serves lets the planner know of a table that has grown, and not of each change', async () => {
  await using store = await openReviewStore()
  await fill(store, 0, 5_000)
  await eventually(async () => {
    await analyzeGrownTables(store.server)
    return (await rowsKnown(store)) === 5_000
  })
  await fill(store, 5_000, 100)
  expect(await analyzeGrownTables(store.server)).toBe(0)
})
