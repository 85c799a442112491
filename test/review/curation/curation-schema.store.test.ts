// The tables of what people have decided on lists.
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { migrateCurations } from '../../../src/review/curation/curation-schema.ts'
import { LOCAL_SERVER_ROLE } from '../../../src/review/store/local-server.ts'
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
