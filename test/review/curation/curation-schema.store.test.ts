// The tables of what people have decided on lists.
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { migrateCurations } from '../../../src/review/curation/curation-schema.ts'
import { LOCAL_SERVER_ROLE } from '../../../src/review/store/local-server.ts'
import { NewerStoreError } from '../../../src/review/store/migrate.ts'
import { openReviewStore } from '../review-store.ts'

test('its migrations are in a schema of its own, and once run there is nothing left to do', async () => {
  await using store = await openReviewStore()
  expect(await migrateCurations(store.owner, LOCAL_SERVER_ROLE)).toEqual([])
  const { rows } = await sql<{ schema: string }>`
    select table_schema as schema from information_schema.tables where table_name = 'curations'`.execute(
    store.owner,
  )
  expect(rows).toEqual([{ schema: 'curation' }])
})

test('the server marks a decision as done, and can neither change who decided what and why nor delete it', async () => {
  await using store = await openReviewStore()
  await sql`insert into curation.curations (curation_id, kind, target, person, reason, at)
    values (gen_random_uuid(), 'disable', '{}', 'a person', 'a reason', now())`.execute(store.server)
  await sql`update curation.curations set done_at = now(), entries = 1`.execute(store.server)
  const denied = { code: '42501' }
  for (const column of ['person', 'reason', 'target'])
    await expect(
      sql`update curation.curations set ${sql.id(column)} = 'another'`.execute(store.server),
    ).rejects.toMatchObject(denied)
  await expect(sql`delete from curation.curations`.execute(store.server)).rejects.toMatchObject(denied)
})

test('tables that a later version has migrated are refused, unless it says that this version works with them', async () => {
  await using store = await openReviewStore()
  const markAsRun = (name: string): Promise<unknown> =>
    sql`insert into curation.migrations (name, timestamp) values (${name}, now()::text)`.execute(store.owner)
  await markAsRun('002-more-compatible')
  expect(await migrateCurations(store.owner, LOCAL_SERVER_ROLE)).toEqual([])
  await markAsRun('003-another-meaning')
  const refused = migrateCurations(store.owner, LOCAL_SERVER_ROLE)
  await expect(refused).rejects.toThrow(NewerStoreError)
  await expect(refused).rejects.toThrow(/\(curation\.003-another-meaning\)/)
})
