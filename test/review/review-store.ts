// A review store of a test's own, on the PostgreSQL that all tests share.
import { randomBytes } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { Client } from 'pg'
import { inject } from 'vitest'
import { CHANNEL } from '../../src/review/announce.ts'
import { connect, type ReviewDatabase } from '../../src/review/store/connect.ts'
import type { Tables } from '../../src/review/store/tables.ts'
import { urlOfDatabase } from './database-url.ts'

export interface ReviewStore extends AsyncDisposable {
  /** As the owner of the tables, who may do everything but change the audit (a trigger refuses that). */
  readonly owner: ReviewDatabase
  /** As `hashwarden review`: what it may not do is refused here, too. Use this one in tests. */
  readonly server: ReviewDatabase
  readonly ownerUrl: string
  readonly serverUrl: string
  /** What the processes of the review room say to each other. */
  listen(): Promise<Listener>
  /** Closes both and drops the database. `await using store = await openReviewStore()` does it at the end of a test. */
  close(): Promise<void>
}

interface Listener extends AsyncDisposable {
  /** In order, as the listener's connection got them. */
  readonly heard: readonly unknown[]
}

/** Makes a migrated, empty database (0.1 s), or a copy of the database `template`, to which no connection is open. */
export async function openReviewStore(template = inject('reviewServer').template): Promise<ReviewStore> {
  const given = inject('reviewServer')
  const name = `review_${randomBytes(6).toString('hex')}`
  const shared = connect(given.ownerUrl, { connections: 1 })
  await sql`create database ${sql.id(name)} template ${sql.id(template)}`.execute(shared)
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
  const listen = (): Promise<Listener> => listenTo(serverUrl)
  return { owner, server, ownerUrl, serverUrl, listen, close, [Symbol.asyncDispose]: close }
}

async function listenTo(url: string): Promise<Listener> {
  const heard: unknown[] = []
  const client = new Client({ connectionString: url })
  client.on('notification', ({ payload }) => heard.push(JSON.parse(payload ?? '')))
  await client.connect()
  await client.query(`listen ${CHANNEL}`)
  return { heard, [Symbol.asyncDispose]: () => client.end() }
}

/** Resolves when another transaction waits for this one. */
export async function untilOneWaitsFor(tx: Transaction<Tables>): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from pg_locks
      where not granted and transactionid = pg_current_xact_id()::xid`.execute(tx)
    if (rows.length > 0) return
  }
}
