// The audit in a real PostgreSQL: dense and provable under concurrent appends, and every change by hand is found.
import { generateKeyPairSync } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../../src/contract/json.ts'
import { appendAudit, type AuditEvent } from '../../../src/review/audit/append.ts'
import { parseCheckpoint, type Checkpoint } from '../../../src/review/audit/checkpoint.ts'
import { startCheckpoints } from '../../../src/review/audit/checkpoints.ts'
import { listAudit } from '../../../src/review/audit/list-audit.ts'
import { leafHash } from '../../../src/review/audit/merkle.ts'
import { isConsistent, isIncluded } from '../../../src/review/audit/proofs.ts'
import { verifierOf } from '../../../src/review/audit/signed-note.ts'
import { proveConsistency, proveInclusion } from '../../../src/review/audit/stored-tree.ts'
import { verifyAudit } from '../../../src/review/audit/verify-audit.ts'
import { connect, type ReviewDatabase } from '../../../src/review/store/connect.ts'
import { openReviewStore } from '../review-store.ts'

const ORIGIN = 'hashwarden.test'
const { privateKey } = generateKeyPairSync('ed25519')
const signer = { name: ORIGIN, privateKey }
const verifiers = [verifierOf(signer)]
const AT = new Date('2026-11-30T10:00:00.123Z')

const event = (n: number): AuditEvent => ({
  action: n % 3 === 0 ? 'decided' : 'case-read',
  actor: `person-${n % 5}`,
  ...(n % 2 === 0 ? { caseId: String(1 + (n % 4)) } : {}),
  details: { n },
})

const append = (db: ReviewDatabase, events: readonly AuditEvent[]): Promise<void> =>
  db.transaction().execute((tx) => appendAudit(tx, events, AT))

const some = (count: number): readonly AuditEvent[] => Array.from({ length: count }, (_, n) => event(n))

/** A checkpoint of all entries, as it will stand in the topic. */
async function checkpointOf(db: ReviewDatabase): Promise<Checkpoint> {
  const checkpoints = startCheckpoints({
    db,
    key: privateKey,
    origin: ORIGIN,
    everyEntries: Infinity,
    everyMs: Infinity,
    onFailure,
  })
  await checkpoints.make()
  await checkpoints.stop()
  const { note } = await db
    .selectFrom('audit_checkpoints')
    .select('note')
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  const checkpoint = parseCheckpoint(Buffer.from(note), ORIGIN)
  if (!checkpoint) throw new Error('The stored note is no checkpoint')
  return checkpoint
}

/** Changes the audit by hand, as its owner can. */
async function byHand(db: ReviewDatabase, change: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql.raw('alter table audit_entries disable trigger all').execute(tx)
    await sql.raw('alter table audit_head disable trigger all').execute(tx)
    await sql.raw(change).execute(tx)
    await sql.raw('alter table audit_entries enable trigger all').execute(tx)
    await sql.raw('alter table audit_head enable trigger all').execute(tx)
  })
}

/** A failure of a checkpoint fails the test. */
const onFailure = (error: unknown): void => expect.unreachable(String(error))

const verify = (db: ReviewDatabase, published: readonly Checkpoint[]) =>
  verifyAudit({ db, origin: ORIGIN, verifiers, published })

test('twenty connections that append at once make one dense tree, whose entries and growth can be proven', async () => {
  await using store = await openReviewStore()
  await using db = connect(store.serverUrl, { connections: 20 })
  await append(db, some(3))
  const older = await checkpointOf(db)
  await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      append(
        db,
        Array.from({ length: 1 + (n % 4) }, () => event(n)),
      ),
    ),
  )
  const newer = await checkpointOf(db)
  expect(newer.size).toBe(253)
  expect(await verify(db, [older, newer])).toEqual({
    isIntact: true,
    entries: 253,
    checkpoints: 2,
    proven: 253,
  })
  const rows = await db.selectFrom('audit_entries').select(['entry']).orderBy('leaf_index').execute()
  const proofs = await proveInclusion(
    db,
    rows.map((_, index) => index),
    newer.size,
  )
  for (const [index, { entry }] of rows.entries())
    expect(isIncluded({ index, ...newer }, leafHash(entry), proofs[index] ?? [])).toBe(true)
  expect(isConsistent(older, newer, await proveConsistency(db, older.size, newer.size))).toBe(true)
})

test('a transaction that is rolled back, or whose connection ends, leaves no gap', async () => {
  await using store = await openReviewStore()
  await append(store.server, some(5))
  const rolledBack = store.server.transaction().execute(async (tx) => {
    await appendAudit(tx, some(3), AT)
    throw new Error('no')
  })
  await expect(rolledBack).rejects.toThrow('no')
  const ended = store.server.transaction().execute(async (tx) => {
    await appendAudit(tx, some(3), AT)
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
    await sql`select pg_terminate_backend(${rows[0]?.pid}, 5000)`.execute(store.server)
    // Between two statements nobody waits for this connection: without a listener its end would end the process.
    await setTimeout(50)
    await sql`select 1`.execute(tx)
  })
  await expect(ended).rejects.toThrow(
    /terminating connection|onnection (was )?terminated|ECONNRESET|not queryable/,
  )
  await append(store.server, some(2))
  const published = await checkpointOf(store.server)
  expect(await verify(store.server, [published])).toMatchObject({ isIntact: true, entries: 7, proven: 7 })
})

test('more events than one statement takes are appended in one transaction', async () => {
  await using store = await openReviewStore()
  await append(store.server, some(10_001))
  expect(await verify(store.server, [])).toMatchObject({ isIntact: true, entries: 10_001, proven: 0 })
})

test('the server’s role can neither change entries nor take the head back', async () => {
  await using store = await openReviewStore()
  const { server } = store
  await append(server, some(5))
  for (const statement of [
    `update audit_entries set entry = '{}'`,
    'delete from audit_entries',
    'truncate audit_entries',
    'alter table audit_entries disable trigger all',
    `update audit_checkpoints set note = ''`,
    'delete from audit_checkpoints',
    'truncate audit_checkpoints',
    'delete from audit_head',
    'truncate audit_head',
    `insert into audit_head (id, size, edge) values (1, 0, '{}')`,
    'drop table audit_entries',
  ])
    await expect(sql.raw(statement).execute(server), statement).rejects.toThrow(
      /permission denied|must be owner/,
    )
  for (const statement of [
    'update audit_head set size = 4',
    'update audit_head set size = 5',
    'update audit_head set id = 2, size = 6',
  ])
    await expect(sql.raw(statement).execute(server), statement).rejects.toThrow('only grows')
  await expect(sql.raw('delete from audit_entries').execute(store.owner)).rejects.toThrow('never changed')
  expect(await verify(server, [])).toMatchObject({ isIntact: true, entries: 5 })
})

const ENTRY_MORE = `insert into audit_entries (leaf_index, entry, subtrees, at, action, actor)
  values (20, '{}', decode(repeat('00', 32), 'hex'), now(), 'decided', 'x')`

const changedText = canonicalJson({
  index: 12,
  at: AT.toISOString(),
  action: 'decided',
  actor: 'nobody',
  details: {},
})

test.each([
  ['the text of an entry', `update audit_entries set entry = '${changedText}' where leaf_index = 12`, 12],
  ['the person in its column alone', `update audit_entries set actor = 'x' where leaf_index = 7`, 7],
  ['an entry removed', 'delete from audit_entries where leaf_index = 9', 9],
  ['the last entries removed, the head with them', 'delete from audit_entries where leaf_index > 15', 16],
  ['an entry added behind the head', ENTRY_MORE, 20],
])('a change by hand is found and named: %s', async (_, change, broken) => {
  await using store = await openReviewStore()
  await append(store.server, some(10))
  const first = await checkpointOf(store.server)
  await append(store.server, some(10))
  const second = await checkpointOf(store.server)
  await byHand(store.owner, change)
  const view = await verify(store.server, [first, second])
  expect(view).toMatchObject({ isIntact: false, firstBroken: broken, firstBrokenAtMost: broken })
  expect(view.why).toContain(String(broken))
})

test('an audit that its owner has written anew is held against the published checkpoints', async () => {
  await using store = await openReviewStore()
  await append(store.server, some(10))
  const first = await checkpointOf(store.server)
  await append(store.server, some(10))
  const second = await checkpointOf(store.server)
  await byHand(store.owner, `delete from audit_entries; update audit_head set size = 0, edge = '{}'`)
  await append(store.server, [...some(14), { ...event(14), actor: 'somebody-else' }, ...some(5)])
  // Entries 10 to 13 have other details now.
  expect(await verify(store.server, [first, second])).toMatchObject({
    isIntact: false,
    proven: 10,
    firstBroken: 10,
    firstBrokenAtMost: 19,
  })
  // The stored checkpoints convict it, too, as long as they are there.
  expect(await verify(store.server, [])).toMatchObject({ isIntact: false, proven: 0, firstBroken: 10 })
})

test('checkpoints come with the entries and with the time, once each, from several processes', async () => {
  await using store = await openReviewStore()
  const options = {
    db: store.server,
    key: privateKey,
    origin: ORIGIN,
    lookMs: 5,
    everyMs: 0,
    everyEntries: 1,
    onFailure,
  }
  const all = Array.from({ length: 4 }, () => startCheckpoints(options))
  for (let i = 0; i < 40; i++) await append(store.server, some(1))
  await Promise.all(all.map(({ make }) => make()))
  await Promise.all(all.map(({ stop }) => stop()))
  const notes = await store.server
    .selectFrom('audit_checkpoints')
    .select(['size', 'note'])
    .orderBy('size')
    .execute()
  const outbox = await store.server
    .selectFrom('outbox')
    .select(['topic', 'key', 'value'])
    .orderBy('outbox_id')
    .execute()
  expect(notes.at(-1)?.size).toBe('40')
  expect(outbox).toEqual(notes.map(({ note }) => ({ topic: 'audit-checkpoints', key: ORIGIN, value: note })))
  const published = notes.flatMap(({ note }) => parseCheckpoint(Buffer.from(note), ORIGIN) ?? [])
  expect(await verify(store.server, published)).toMatchObject({
    isIntact: true,
    checkpoints: notes.length,
    proven: 40,
  })
})

test('few entries wait for their minute, many make a checkpoint at once', async () => {
  await using store = await openReviewStore()
  const checkpoints = startCheckpoints({
    db: store.server,
    key: privateKey,
    origin: ORIGIN,
    lookMs: 5,
    everyEntries: 10,
    onFailure,
  })
  const sizes = async (): Promise<readonly string[]> =>
    (await store.server.selectFrom('audit_checkpoints').select('size').orderBy('size').execute()).map(
      ({ size }) => size,
    )
  // The first entries have none before them: theirs comes at once.
  await append(store.server, some(1))
  await expect.poll(sizes).toEqual(['1'])
  await append(store.server, some(9))
  await append(store.server, some(1))
  await expect.poll(sizes).toEqual(['1', '11'])
  await append(store.server, some(5))
  await checkpoints.stop()
  expect(await sizes()).toEqual(['1', '11'])
})

test('a published checkpoint that left the topic, and one that nobody’s key signed, are doubts in words', async () => {
  await using store = await openReviewStore()
  await append(store.server, some(4))
  const published = await checkpointOf(store.server)
  const stranger = generateKeyPairSync('ed25519').privateKey
  const view = await verifyAudit({
    db: store.server,
    origin: ORIGIN,
    verifiers: [verifierOf({ name: ORIGIN, privateKey: stranger })],
    published: [{ ...published, root: Buffer.alloc(32) }],
  })
  expect(view).toMatchObject({ isIntact: true, proven: 0 })
  expect(view.warnings?.join('\n')).toMatch(
    /No published checkpoint covers any entry[\s\S]*signed by none of the keys/,
  )
  await sql`delete from outbox`.execute(store.server)
  await byHandCheckpoints(store.owner, `update audit_checkpoints set at = now() - interval '1 hour'`)
  expect((await verify(store.server, [])).warnings?.join('\n')).toContain('no longer in the topic')
})

async function byHandCheckpoints(db: ReviewDatabase, change: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql.raw('alter table audit_checkpoints disable trigger all').execute(tx)
    await sql.raw(change).execute(tx)
    await sql.raw('alter table audit_checkpoints enable trigger all').execute(tx)
  })
}

test('the list shows each entry once, newest first, and filters by action, person and case', async () => {
  await using store = await openReviewStore()
  const { server } = store
  await append(server, some(23))
  const seen: number[] = []
  for (let cursor: string | undefined; ;) {
    const page = await listAudit(server, { limit: 5, ...(cursor === undefined ? {} : { cursor }) })
    seen.push(...page.entries.map(({ index }) => index))
    cursor = page.next
    if (cursor === undefined) break
  }
  expect(seen).toEqual(Array.from({ length: 23 }, (_, n) => 22 - n))
  const filtered = await listAudit(server, { action: 'decided', actor: 'person-1', caseId: '3' })
  expect(filtered).toEqual({
    entries: [
      {
        index: 6,
        at: AT.toISOString(),
        action: 'decided',
        actor: 'person-1',
        caseId: '3',
        details: { n: 6 },
      },
    ],
  })
  await expect(listAudit(server, { cursor: '1 or true' })).rejects.toThrow('cursor')
})
