// Migrations beside a later version that runs its own at the same moment.
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { review } from '../../../src/review/store/migrations/001-review.ts'
import { runMigrations } from '../../../src/review/store/run-migrations.ts'
import { openReviewStore } from '../review-store.ts'

test('a migration that a later version runs between the look and the run is looked for again', async () => {
  await using store = await openReviewStore()
  const later = '002-later-compatible'
  await sql`insert into kysely_migration (name, timestamp) values (${later}, now()::text)`.execute(
    store.owner,
  )
  let looks = 0
  const readNewer = (): Promise<readonly string[]> => Promise.resolve(looks++ === 0 ? [] : [later])
  const migrations = { '001-review': review }
  expect(await runMigrations(store.owner, { migrations, readNewer })).toEqual([])
  expect(looks).toBe(2)
})

test('a history that stays another one is an error, and not looked at for ever', async () => {
  await using store = await openReviewStore()
  await sql`insert into kysely_migration (name, timestamp) values ('002-other', now()::text)`.execute(
    store.owner,
  )
  const running = runMigrations(store.owner, {
    migrations: { '001-review': review },
    readNewer: () => Promise.resolve([]),
  })
  await expect(running).rejects.toThrow('002-other')
})
