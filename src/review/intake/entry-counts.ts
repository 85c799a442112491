// Counts the hits of a case that matched a known entry, by day: what known entries and related cases are found by.
import { sql, type Transaction } from 'kysely'
import type { Tables } from '../store/tables.ts'

/** A hit that came into a case, or left it. */
export interface EntryChange {
  readonly caseId: string
  readonly entries: readonly string[]
  /** In ISO form, or a time. */
  readonly receivedAt: string | Date
  readonly by: 1 | -1
}

interface Count {
  readonly entry: string
  readonly case_id: string
  readonly day: string
  hits: number
}

/** The cases are locked. */
export async function countEntries(tx: Transaction<Tables>, changes: readonly EntryChange[]): Promise<void> {
  const counts = sums(changes)
  const more = counts.filter(({ hits }) => hits > 0)
  const fewer = counts.filter(({ hits }) => hits < 0)
  if (more.length > 0)
    await sql`insert into entry_cases (entry, case_id, day, hits) select entry, case_id, day, hits from ${rowsOf(more)}
      on conflict (entry, case_id, day) do update set hits = entry_cases.hits + excluded.hits`.execute(tx)
  if (fewer.length === 0) return
  const isSame = sql`e.entry = r.entry and e.case_id = r.case_id and e.day = r.day`
  await sql`update entry_cases e set hits = e.hits + r.hits from ${rowsOf(fewer)} where ${isSame}`.execute(tx)
  await sql`delete from entry_cases e using ${rowsOf(fewer)} where ${isSame} and e.hits = 0`.execute(tx)
}

const rowsOf = (counts: readonly Count[]) =>
  sql`json_to_recordset(${JSON.stringify(counts)}::json) as r (entry text, case_id bigint, day date, hits integer)`

function sums(changes: readonly EntryChange[]): readonly Count[] {
  const counts = new Map<string, Count>()
  for (const { caseId, entries, receivedAt, by } of changes) {
    const day = new Date(receivedAt).toISOString().slice(0, 10)
    for (const entry of entries) {
      const key = `${caseId} ${day} ${entry}`
      const count = counts.get(key)
      if (count) count.hits += by
      else counts.set(key, { entry, case_id: caseId, day, hits: by })
    }
  }
  return [...counts.values()]
}
