// Several processes that start at the same moment, each with the owner's address.
import { sql } from 'kysely'
import { expect, inject, test } from 'vitest'
import { connect } from '../../../src/review/store/connect.ts'
import { LOCAL_SERVER_ROLE } from '../../../src/review/store/local-server.ts'
import { migrate } from '../../../src/review/store/migrate.ts'
import { urlOfDatabase } from '../database-url.ts'
import { openReviewStore } from '../review-store.ts'

test('eight processes make the tables and grant the role at once, and none fails', async () => {
  const { ownerUrl } = inject('reviewServer')
  await using shared = connect(ownerUrl, { connections: 1 })
  const name = `migrated_${String(process.pid)}`
  await sql`create database ${sql.id(name)}`.execute(shared)
  try {
    const done = await Promise.all(
      Array.from({ length: 8 }, async () => {
        await using db = connect(urlOfDatabase(ownerUrl, name), { connections: 2 })
        return await migrate(db, LOCAL_SERVER_ROLE)
      }),
    )
    expect(done.flat()).toEqual(['001-review'])
  } finally {
    await sql`drop database ${sql.id(name)}`.execute(shared)
  }
})

test('while a process starts, the role of the server is at no moment permitted to change the audit', async () => {
  await using store = await openReviewStore()
  const over = new AbortController()
  const starting = Promise.all(
    Array.from({ length: 20 }, () => undefined).map(() => migrate(store.owner, LOCAL_SERVER_ROLE)),
  ).finally(() => over.abort())
  let looks = 0
  while (!over.signal.aborted) {
    const { rows } = await sql<{ may: boolean }>`
      select has_table_privilege('audit_entries', 'update') as may`.execute(store.server)
    expect(rows[0].may).toBe(false)
    looks += 1
  }
  await starting
  expect(looks).toBeGreaterThan(0)
})
