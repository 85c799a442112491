// A store of the last landed version, as its SQL dump: this version works on it, and leaves it such that the landed one can.
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { Client } from 'pg'
import { pino } from 'pino'
import { expect, inject, onTestFinished, test } from 'vitest'
import { migrateReview, type Databases } from '../../../src/cli/review-process.ts'
import { evidenceOfAll } from '../../../src/contract/decision.ts'
import { parseCheckpoint } from '../../../src/review/audit/checkpoint.ts'
import { parseVerifier } from '../../../src/review/audit/signed-note.ts'
import { verifyAudit } from '../../../src/review/audit/verify-audit.ts'
import { ReviewService } from '../../../src/review/review-service.ts'
import { connect, type ReviewDatabase } from '../../../src/review/store/connect.ts'
import { LOCAL_SERVER_ROLE } from '../../../src/review/store/local-server.ts'
import { migrate, NEWER_COMPATIBLE, NewerStoreError } from '../../../src/review/store/migrate.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import { LANDED_ORIGIN, landedFile, landedRecords } from '../../fixtures/landed/landed.ts'
import { urlOfDatabase } from '../database-url.ts'
import { person } from '../sample-cases.ts'

const CLEO = person('cleo', 'reviewer', 'supervisor')
let made = 0

interface LandedStore {
  readonly owner: ReviewDatabase
  readonly server: ReviewDatabase
  readonly urls: Required<Databases>
}

/** A database of the test's own with what the landed version left. */
async function openLandedStore(): Promise<LandedStore> {
  const { ownerUrl, serverUrl } = inject('reviewServer')
  const name = `landed_${process.pid}_${(made += 1)}`
  await using shared = connect(ownerUrl, { connections: 1 })
  await sql`create database ${sql.id(name)}`.execute(shared)
  const client = new Client({ connectionString: urlOfDatabase(ownerUrl, name) })
  await client.connect()
  await client.query(readFileSync(landedFile('store.sql'), 'utf8'))
  await client.end()
  const urls = { ownerUrl: urlOfDatabase(ownerUrl, name), databaseUrl: urlOfDatabase(serverUrl, name) }
  const owner = connect(urls.ownerUrl, { connections: 2 })
  const server = connect(urls.databaseUrl, { connections: 4 })
  onTestFinished(async () => {
    await Promise.all([owner.destroy(), server.destroy()])
    await using dropping = connect(ownerUrl, { connections: 1 })
    await sql`drop database ${sql.id(name)}`.execute(dropping)
  })
  return { owner, server, urls }
}

const migrationsOf = async (db: ReviewDatabase): Promise<readonly string[]> => {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map(({ name }) => name)
}

/** As if a later version had been here. */
const markAsRun = async (db: ReviewDatabase, name: string): Promise<void> => {
  await sql`insert into kysely_migration values (${name}, '2027-01-01T00:00:00.000Z')`.execute(db)
}

test('a store of the landed version is migrated, a waiting case of it is decided, and its audit is intact', async () => {
  const { owner, server } = await openLandedStore()
  await migrate(owner, LOCAL_SERVER_ROLE)
  const settings = loadSettings().review
  const service = new ReviewService({ db: server, settings })
  const lease = await service.leaseNext(CLEO, {})
  if (!lease) throw new Error('No case of the landed version waits')
  const { hits } = await service.caseView(CLEO, lease.caseId)
  const evidence = evidenceOfAll(hits.map((one) => ({ hitId: one.hit.hitId, evidence: one.evidence })))
  const { caseId, token } = lease
  await service.decide(CLEO, caseId, {
    token,
    evidence,
    verdict: 'insufficient',
    reason: 'A reason.',
    note: '',
  })
  const { note } = await owner.selectFrom('audit_checkpoints').select('note').executeTakeFirstOrThrow()
  const checkpoint = parseCheckpoint(Buffer.from(note), LANDED_ORIGIN)
  if (!checkpoint) throw new Error('The note of the landed version is no checkpoint')
  const verifiers = [parseVerifier(landedRecords().auditKey)]
  const view = await verifyAudit({ db: server, origin: LANDED_ORIGIN, verifiers, published: [checkpoint] })
  expect(view).toMatchObject({ isIntact: true, proven: checkpoint.size })
})

test('what this version adds to the tables of the landed one keeps that one working', async () => {
  const { owner, urls } = await openLandedStore()
  const before = await migrationsOf(owner)
  await migrateReview(urls, pino({ level: 'silent' }))
  // It refuses a database with a migration that it does not know, unless the name ends with the mark.
  const added = (await migrationsOf(owner)).filter((name) => !before.includes(name))
  expect(added.filter((name) => !name.endsWith(NEWER_COMPATIBLE))).toEqual([])
})

test('a store that a later version has migrated is taken if those migrations are marked compatible', async () => {
  const { owner } = await openLandedStore()
  const later = `999-a-later-table${NEWER_COMPATIBLE}`
  await markAsRun(owner, later)
  await sql`create table later (id bigint primary key)`.execute(owner)
  expect(await migrate(owner, LOCAL_SERVER_ROLE)).toEqual([])
  expect(await migrationsOf(owner)).toContain(later)
})

test('a store that a later version has migrated otherwise is refused by the name of the migration, untouched', async () => {
  const { owner } = await openLandedStore()
  await markAsRun(owner, '999-another-meaning')
  const before = await migrationsOf(owner)
  const refused = migrate(owner, LOCAL_SERVER_ROLE)
  await expect(refused).rejects.toThrow(NewerStoreError)
  await expect(refused).rejects.toThrow(/999-another-meaning.*start a version that has it/s)
  expect(await migrationsOf(owner)).toEqual(before)
})
