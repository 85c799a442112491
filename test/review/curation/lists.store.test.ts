// The lists page's part of the review service: what people decide is in the store and the audit first, and then in the topics.
import { hash } from 'node:crypto'
import { sql } from 'kysely'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { decodeEntry, encodeKnownHash, knownHashKey, type Entry } from '../../../src/contract/known-hash.ts'
import { encodeListRecord, listRecordKey, type ListRecord } from '../../../src/contract/list-state.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import type { CurationsView, HeldPage, ListsView } from '../../../src/contract/review.ts'
import type { HashValue } from '../../../src/hash/hash-value.ts'
import type { MemoryLog } from '../../../src/log/memory-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { releaseDue } from '../../../src/lists/curate/release-due.ts'
import { entry } from '../../fixtures/entries.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { RunningLists } from '../../../src/review/curation/running-lists.ts'
import { storeClock } from '../../../src/review/review-context.ts'
import { BendableLog } from '../../log/bendable-log.ts'
import { openReviewApi, type ReviewApi } from '../api/review-api.ts'

const KNOWN_HASHES = 'known-hashes'
/** The digits of a digest: canonical. */
const md5 = (name: string, fields: Parameters<typeof entry>[2] = {}) =>
  entry('md5', hash('md5', name) as HashValue, { sourceId: name, ...fields })

async function put(log: MemoryLog, entries: readonly Entry[]): Promise<void> {
  const records = entries.map((one) => ({ key: knownHashKey(one), value: encodeKnownHash(one) }))
  await log.produce(KNOWN_HASHES, records)
}

const putLists = (log: MemoryLog, records: readonly ListRecord[]): Promise<void> =>
  log.produce(
    'lists',
    records.map((record) => ({ key: listRecordKey(record), value: encodeListRecord(record) })),
  )

async function entriesOf(log: MemoryLog): Promise<readonly Entry[]> {
  const entries = new Map<string, Entry>()
  await readToEnd(log, KNOWN_HASHES, ({ key, value }) => {
    const change = decodeEntry(key, value)
    if (change instanceof Rejection) return
    if (change.entry) entries.set(change.key, change.entry)
    else entries.delete(change.key)
  })
  return [...entries.values()].filter(({ role }) => role !== 'canary')
}

async function ask<T>(api: ReviewApi, cookie: string, path: string, body?: unknown): Promise<T> {
  const answer = await api.ask(body === undefined ? 'GET' : 'POST', path, {
    cookie,
    ...(body === undefined ? {} : { body }),
  })
  expect(answer.status, answer.text).toBe(200)
  // The service checks its answers against the schemas that T is made of.
  return answer.json as T
}

const untilDone = (api: ReviewApi, cookie: string): Promise<void> =>
  eventually(async () => {
    const { curations } = await ask<CurationsView>(api, cookie, '/api/lists/curations')
    return curations.every(({ doneAt }) => doneAt !== undefined)
  })

const auditOf = (api: ReviewApi): Promise<readonly string[]> =>
  api.store.server
    .selectFrom('audit_entries')
    .select('entry')
    .orderBy('leaf_index')
    .execute()
    .then((rows) => rows.map((row) => row.entry).filter((one) => !one.includes('"sign-in"')))

const STATE = {
  schema: 'list-state/1',
  source: 'ncmec',
  checkedAt: '2026-03-01T00:00:00Z',
  pending: {
    id: 'p1',
    why: 'removes-much',
    before: 1_000,
    adds: 1,
    changes: 2,
    removes: 900,
    since: '2026-03-01T00:00:00Z',
  },
} as const

test('an entry that is disabled by a supervisor is held back, alone, and released with the same record as before', async () => {
  await using api = await openReviewApi()
  const cleo = await api.signIn('supervisor')
  const before = [md5('x'), md5('x', { source: 'iwf' }), md5('y')]
  await put(api.operationsLog, before)
  const { type, value, source, sourceId } = md5('x')
  const target = { type, value: value.toUpperCase(), source, sourceId }
  await ask(api, cleo, '/api/lists/curations', { kind: 'disable', target, reason: 'A cat' })
  await untilDone(api, cleo)
  const after = await entriesOf(api.operationsLog)
  expect(after.filter(({ held }) => held)).toEqual([{ ...before[0], held: { why: 'disabled' } }])
  expect(after).toEqual(expect.arrayContaining(before.slice(1)))
  const page = await ask<HeldPage>(api, cleo, '/api/lists/held', {})
  await eventually(async () => (await ask<HeldPage>(api, cleo, '/api/lists/held', {})).total === 1)
  const shown = await ask<HeldPage>(api, cleo, '/api/lists/held', { kind: 'disabled', source: 'ncmec' })
  expect(shown.entries).toMatchObject([
    {
      value,
      source,
      sourceId,
      kind: 'disabled',
      by: { person: 'supervisor-1', reason: 'A cat', entries: 1 },
    },
  ])
  expect(page.entries.length).toBeLessThanOrEqual(1)
  await ask(api, cleo, '/api/lists/curations', { kind: 'enable', target, reason: 'No cat' })
  await untilDone(api, cleo)
  expect(await entriesOf(api.operationsLog)).toEqual(expect.arrayContaining(before))
})

test('a suppression keeps who, why and until when in the store, and ends at its time', async () => {
  await using api = await openReviewApi()
  const cleo = await api.signIn('supervisor')
  await put(api.operationsLog, [md5('x')])
  const { type, value } = md5('x')
  const until = '2099-01-01T00:00:00.000Z'
  const body = { kind: 'suppress', target: { type, value }, reason: 'In every manual', until }
  await ask(api, cleo, '/api/lists/curations', body)
  await untilDone(api, cleo)
  await eventually(async () => (await ask<HeldPage>(api, cleo, '/api/lists/held', {})).total === 1)
  const { entries } = await ask<HeldPage>(api, cleo, '/api/lists/held', { kind: 'suppressed' })
  expect(entries).toMatchObject([
    { source: 'curation', kind: 'suppressed', until, by: { reason: 'In every manual', until } },
  ])
  expect(await releaseDue(api.operationsLog, KNOWN_HASHES, new Date('2100-01-01'))).toMatchObject({
    removed: 1,
  })
  await eventually(async () => (await ask<HeldPage>(api, cleo, '/api/lists/held', {})).total === 0)
})

test('the audit says who and until when, and has neither value nor reason; so do the log and the addresses', async () => {
  await using api = await openReviewApi()
  const cleo = await api.signIn('supervisor')
  const { type, value } = md5('secret')
  const reason = 'A reason with a name'
  await ask(api, cleo, '/api/lists/curations', { kind: 'suppress', target: { type, value }, reason })
  await untilDone(api, cleo)
  await ask(api, cleo, '/api/lists/held', {})
  const audit = await auditOf(api)
  expect(audit.map((one) => JSON.parse(one) as unknown)).toMatchObject([
    { action: 'list-curated', actor: 'supervisor-1', details: { kind: 'suppress' } },
    { action: 'held-entries-read', actor: 'supervisor-1' },
  ])
  for (const text of [...audit, ...api.log]) {
    expect(text).not.toContain(value)
    expect(text).not.toContain(reason)
  }
})

test('what is asked wrongly is refused with a reason, and neither stored nor audited', async () => {
  await using api = await openReviewApi()
  const cleo = await api.signIn('supervisor')
  const { type, value } = md5('x')
  const target = { type, value }
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{ kind: 'disable', target, reason: '' }, /reason|invalid/],
    [{ kind: 'disable', target, reason: ' \t\n ' }, /reason|invalid/],
    [{ kind: 'suppress', target: { type, value: 'ab' }, reason: 'r' }, /not one of its type/],
    [{ kind: 'suppress', target: { type: 'zz40', value }, reason: 'r' }, /not searched/],
    [{ kind: 'disable', target, reason: 'r', until: '2020-01-01T00:00:00Z' }, /later than now/],
    [
      { kind: 'disable', target: { ...target, source: 'curation', sourceId: 'x' }, reason: 'r' },
      /ended, not disabled/,
    ],
    [{ kind: 'enable', target, reason: 'r', until: '2099-01-01T00:00:00Z' }, /./],
  ]
  for (const [body, why] of wrong) {
    const answer = await api.ask('POST', '/api/lists/curations', { cookie: cleo, body })
    expect(answer.status).toBe(400)
    expect(answer.text).toMatch(why)
    expect(answer.text).not.toContain(value)
  }
  expect(await ask(api, cleo, '/api/lists/curations')).toEqual({ curations: [] })
  expect(await auditOf(api)).toEqual([])
})

test('a pending change is shown and approved as it was shown: another one by then is refused', async () => {
  await using api = await openReviewApi()
  const otto = await api.signIn('operator')
  await putLists(api.operationsLog, [{ ...STATE, staleAfterSeconds: 10 ** 10 }])
  await eventually(async () => (await ask<ListsView>(api, otto, '/api/lists')).lists.length === 1)
  const { lists, unseen } = await ask<ListsView>(api, otto, '/api/lists')
  expect(unseen).toBeUndefined()
  expect(lists).toEqual([
    { source: 'ncmec', isSynced: true, checkedAt: STATE.checkedAt, pending: STATE.pending },
  ])
  const word = { source: 'ncmec', pendingId: 'p1', verdict: 'apply', reason: 'They told us' }
  const other = await api.ask('POST', '/api/lists/approvals', {
    cookie: otto,
    body: { ...word, pendingId: 'p0' },
  })
  expect(other.status).toBe(409)
  await ask(api, otto, '/api/lists/approvals', word)
  await eventually(
    async () => (await ask<ListsView>(api, otto, '/api/lists')).lists[0].answer?.verdict === 'apply',
  )
  // The synchronisation has another change by now: the word was not on that one.
  await putLists(api.operationsLog, [{ ...STATE, pending: { ...STATE.pending, id: 'p2' } }])
  await eventually(async () => (await ask<ListsView>(api, otto, '/api/lists')).lists[0].answer === undefined)
})

test('statistics are shown with what lists share, and copies are proposed with the lines for the policy', async () => {
  await using api = await openReviewApi()
  const cleo = await api.signIn('supervisor')
  const counted = {
    schema: 'list-statistics/1',
    asOf: '2026-03-01T00:00:00Z',
    entries: 100,
    files: 100,
    values: 100,
    byType: { md5: 100 },
    byClassification: { 'ncmec:A1': 100 },
    byRole: { match: 100 },
    held: {},
    addedByDay: {},
  } as const
  await putLists(api.operationsLog, [
    { ...counted, source: 'ncmec', shared: { copy: 100 }, sharedEarlier: {} },
    { ...counted, source: 'copy', shared: { ncmec: 100 }, sharedEarlier: { ncmec: 100 } },
  ])
  await eventually(async () => (await ask<ListsView>(api, cleo, '/api/lists')).lists.length === 2)
  const { lists, origins } = await ask<ListsView>(api, cleo, '/api/lists')
  expect(lists[0]).toMatchObject({ source: 'copy', isSynced: false, statistics: { entries: 100 } })
  expect(origins.proposals).toMatchObject([{ source: 'copy', origin: 'ncmec', earlier: 100, order: 'clear' }])
  expect(origins.lines).toBe('origins:\n  "copy": "ncmec"\n')
})

test('a decision that was stored before a crash is published by the next process', async () => {
  await using api = await openReviewApi()
  const cleo = await api.signIn('supervisor')
  await put(api.operationsLog, [md5('x')])
  const { type, value } = md5('x')
  // As a process wrote it that ended before it had published.
  await api.store.server
    .insertInto('curation.curations')
    .values({
      curation_id: '6f1f1f0e-0000-4000-8000-000000000001',
      kind: 'disable',
      source: null,
      target: JSON.stringify({ type, value }),
      person: 'cleo',
      reason: 'r',
      until: null,
      at: new Date(),
      done_at: null,
      entries: null,
    })
    .execute()
  await untilDone(api, cleo)
  expect((await entriesOf(api.operationsLog)).map(({ held }) => held?.why)).toEqual(['disabled'])
})

test('a value that says nothing of a file can’t be suppressed: nothing is stored, and nothing published', async () => {
  await using api = await openReviewApi()
  const cleo = await api.signIn('supervisor')
  const target = { type: 'md5', value: 'd41d8cd98f00b204e9800998ecf8427e' }
  const body = { kind: 'suppress', target, reason: 'An empty file' }
  const answer = await api.ask('POST', '/api/lists/curations', { cookie: cleo, body })
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('held back already')])
  expect((await ask<CurationsView>(api, cleo, '/api/lists/curations')).curations).toEqual([])
})

/** The row of a decision that waits. */
const waiting = (number: number, kind: 'disable' | 'enable' | 'suppress', target: object) => ({
  curation_id: `6f1f1f0e-0000-4000-8000-00000000000${number}`,
  kind,
  source: null,
  target: JSON.stringify(target),
  person: 'cleo',
  reason: 'r',
  until: null,
  at: new Date(Date.UTC(2026, 0, number)),
  done_at: null,
  entries: null,
})

test('decisions that wait together count in their order, each with the entries that it is about', async () => {
  await using api = await openReviewApi()
  const cleo = await api.signIn('supervisor')
  await put(api.operationsLog, [md5('x'), md5('x', { source: 'iwf' })])
  const { type, value, sourceId } = md5('x')
  await api.store.server
    .insertInto('curation.curations')
    .values([
      waiting(1, 'disable', { type, value }),
      waiting(2, 'enable', { source: 'iwf', sourceId }),
      // An earlier version took it.
      waiting(3, 'suppress', { type: 'md5', value: 'd41d8cd98f00b204e9800998ecf8427e' }),
    ])
    .execute()
  await untilDone(api, cleo)
  const { curations } = await ask<CurationsView>(api, cleo, '/api/lists/curations')
  expect(curations.map(({ kind, entries }) => [kind, entries])).toEqual([
    ['suppress', 0],
    ['enable', 1],
    ['disable', 2],
  ])
  const held = (await entriesOf(api.operationsLog)).map((one) => [one.source, one.held?.why] as const)
  expect(Object.fromEntries(held)).toEqual({ iwf: undefined, ncmec: 'disabled' })
})

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString()

test('a list whose daemon has gone is stale by the time that the daemon gave, or after a day', async () => {
  await using api = await openReviewApi()
  const otto = await api.signIn('operator')
  const state = { schema: 'list-state/1' } as const
  await putLists(api.operationsLog, [
    { ...state, source: 'fresh', checkedAt: daysAgo(0.5) },
    { ...state, source: 'gone', checkedAt: daysAgo(1.5) },
    { ...state, source: 'gone-soon', checkedAt: daysAgo(0.5), staleAfterSeconds: 3_600 },
    { ...state, source: 'slow', checkedAt: daysAgo(1.5), staleAfterSeconds: 864_000 },
  ])
  await eventually(async () => (await ask<ListsView>(api, otto, '/api/lists')).lists.length === 4)
  const { lists } = await ask<ListsView>(api, otto, '/api/lists')
  expect(lists.filter(({ isStale }) => isStale).map(({ source }) => source)).toEqual(['gone', 'gone-soon'])
})

test('the page says so when the topic of lists can no longer be read, and when it can again', async () => {
  await using api = await openReviewApi()
  const log = new BendableLog()
  const topic = { topic: 'lists', partitions: 1, config: {} }
  await log.createTopic({ ...topic, topic: KNOWN_HASHES })
  await log.createTopic(topic)
  const lists = new RunningLists({
    context: { db: api.store.server, settings: api.settings, clock: storeClock },
    log,
    topics: { knownHashes: KNOWN_HASHES, lists: 'lists' },
    origins: {},
    logger: pino({ level: 'silent' }),
  })
  try {
    await eventually(async () => lists.view().unseen === undefined)
    log.deleteTopic('lists')
    await eventually(async () => lists.view().unseen?.code === 'topic-missing')
    await log.createTopic(topic)
    await eventually(async () => lists.view().unseen === undefined)
  } finally {
    await lists.stop()
    await log.close()
  }
})

test('who holds an entry back is said of decisions made here alone: not of a later one by the command', async () => {
  await using api = await openReviewApi()
  const cleo = await api.signIn('supervisor')
  await put(api.operationsLog, [md5('x'), md5('y'), md5('z')])
  const decide = async (kind: 'disable' | 'enable', name: string): Promise<void> => {
    const { type, value, source, sourceId } = md5(name)
    const target = { type, value, source, sourceId }
    await ask(api, cleo, '/api/lists/curations', { kind, target, reason: 'A cat' })
    await untilDone(api, cleo)
  }
  await decide('disable', 'x')
  await decide('disable', 'y')
  await decide('enable', 'y')
  await decide('disable', 'z')
  // As `hashset disable` writes them.
  await put(api.operationsLog, [
    md5('y', { held: { why: 'disabled' } }),
    md5('z', { held: { why: 'disabled', until: '2099-01-01T00:00:00.000Z' } }),
  ])
  const page = async (): Promise<HeldPage> => ask<HeldPage>(api, cleo, '/api/lists/held', {})
  await eventually(async () => (await page()).entries.filter(({ until }) => until).length === 1)
  await eventually(async () => (await page()).total === 3)
  const { entries } = await page()
  expect(entries.filter(({ by }) => by).map(({ sourceId }) => sourceId)).toEqual(['x'])
})

test('who holds an entry back, or suppresses a value, is said also after thousands of later decisions', async () => {
  await using api = await openReviewApi()
  const cleo = await api.signIn('supervisor')
  const { type, value, source, sourceId } = md5('x')
  await put(api.operationsLog, [md5('x')])
  const disable = { kind: 'disable', target: { source, sourceId }, reason: 'A cat' }
  const suppress = { kind: 'suppress', target: { type, value: md5('y').value }, reason: 'A manual' }
  for (const body of [disable, suppress]) await ask(api, cleo, '/api/lists/curations', body)
  await untilDone(api, cleo)
  await sql`insert into curation.curations (curation_id, kind, target, person, reason, at, done_at)
    select gen_random_uuid(), 'disable', json_build_object('type', ${type}::text, 'value', md5(number::text))::text,
        'cleo', 'r', now(), now()
      from generate_series(1, 5001) as number`.execute(api.store.server)
  const page = (): Promise<HeldPage> => ask<HeldPage>(api, cleo, '/api/lists/held', {})
  await eventually(async () => (await page()).total === 2)
  const { entries } = await page()
  const reasons = Object.fromEntries(entries.map((one) => [one.value, one.by?.reason]))
  expect(reasons).toEqual({ [value]: 'A cat', [md5('y').value]: 'A manual' })
})

test('a decision on an entry that was so already counts it, and one on an id that no list has counts none', async () => {
  await using api = await openReviewApi()
  const cleo = await api.signIn('supervisor')
  await put(api.operationsLog, [md5('x')])
  const { source } = md5('x')
  for (const sourceId of ['x', 'x', 'mistyped']) {
    const body = { kind: 'disable', target: { source, sourceId }, reason: 'A cat' }
    await ask(api, cleo, '/api/lists/curations', body)
    await untilDone(api, cleo)
  }
  const { curations } = await ask<CurationsView>(api, cleo, '/api/lists/curations')
  expect(curations.map(({ entries }) => entries)).toEqual([0, 1, 1])
})
