// A review store of a test's own, on the PostgreSQL that all tests share.
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { inject } from 'vitest'
import { connect, type ReviewDatabase } from '../../src/review/store/connect.ts'
import { urlOfDatabase } from './database-url.ts'

export interface ReviewStore extends AsyncDisposable {
  /** As the owner of the tables, who may do everything but change the audit (a trigger refuses that). */
  readonly owner: ReviewDatabase
  /** As `hashwarden review`: what it may not do is refused here, too. Use this one in tests. */
  readonly server: ReviewDatabase
  readonly ownerUrl: string
  readonly serverUrl: string
  /** Closes both and drops the database. `await using store = await openReviewStore()` does it at the end of a test. */
  close(): Promise<void>
}

/** Makes a migrated, empty database (0.1 s). */
export async function openReviewStore(): Promise<ReviewStore> {
  const given = inject('reviewServer')
  const name = `review_${randomBytes(6).toString('hex')}`
  const shared = connect(given.ownerUrl, { connections: 1 })
  await sql`create database ${sql.id(name)} template ${sql.id(given.template)}`.execute(shared)
  await shared.destroy()
  const ownerUrl = urlOfDatabase(given.ownerUrl, name)
  const serverUrl = urlOfDatabase(given.serverUrl, name)
  const owner = connect(ownerUrl, { connections: 4 })
  const server = connect(serverUrl)
  const close = async (): Promise<void> => {
    await Promise.all([owner.destroy(), server.destroy()])
    const dropping = connect(given.ownerUrl, { connections: 1 })
    // Not "with (force)": the owner may not end what is left of the other role's connections. It waits for them instead.
    await sql`drop database if exists ${sql.id(name)}`.execute(dropping)
    await dropping.destroy()
  }
  return { owner, server, ownerUrl, serverUrl, close, [Symbol.asyncDispose]: close }
}
