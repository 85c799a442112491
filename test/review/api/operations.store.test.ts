// The operations page's routes: what an operator gets, what stays away from it, and what is missing.
import { Compile } from 'typebox/compile'
import { expect, onTestFinished, test } from 'vitest'
import { deadLetterKey, makeDeadLetter } from '../../../src/contract/dead-letter.ts'
import {
  type AuditPage,
  type DeadLettersPage,
  OperationsView,
  type ReplayedView,
  type SeriesView,
} from '../../../src/contract/review.ts'
import { Rejection, type RejectionCode } from '../../../src/contract/rejection.ts'
import { encodeStatus } from '../../../src/contract/status.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import type { ReviewSettings } from '../../../src/settings/review-settings.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { aStatus, matching } from '../../fixtures/statuses.ts'
import { openReviewApi, type ReviewApi } from './review-api.ts'

const { topics } = loadSettings(undefined, {})
const view = Compile(OperationsView)

async function openApi(changes: Partial<ReviewSettings> = {}): Promise<{ api: ReviewApi; operator: string }> {
  const api = await openReviewApi(changes)
  onTestFinished(() => api[Symbol.asyncDispose]())
  return { api, operator: await api.signIn('operator') }
}

async function viewOf(api: ReviewApi, cookie: string): Promise<OperationsView> {
  const { json } = await api.ask('GET', '/api/operations', { cookie })
  expect(view.Errors(json)).toEqual([])
  return json as OperationsView
}

/** A record that is no report, and the dead letter that points to it. */
async function deadLetter({ operationsLog }: ReviewApi, text: string, code: RejectionCode): Promise<void> {
  const offset = await operationsLog.produceTo(topics.reports, 0, { key: 'r', value: text })
  const at = { topic: topics.reports, partition: 0, offset }
  const letter = makeDeadLetter(at, Buffer.from(text), new Rejection(code, '/hashes'))
  await operationsLog.produce(topics.deadLetters, [{ key: deadLetterKey(at), value: JSON.stringify(letter) }])
}

async function lettersOf(api: ReviewApi, cookie: string, query = ''): Promise<DeadLettersPage> {
  const { json, status } = await api.ask('GET', `/api/operations/dead-letters${query}`, { cookie })
  expect(status).toBe(200)
  return json as DeadLettersPage
}

test('an operator sees the processes, the queues and the series, and what a process says later is in it', async () => {
  const { api, operator } = await openApi()
  const say = (number: number, reportsMatched: number): Promise<void> =>
    api.operationsLog.produce(topics.status, [
      {
        key: 'one',
        value: encodeStatus(
          aStatus({ number, at: new Date().toISOString(), match: matching({ counts: { reportsMatched } }) }),
        ),
      },
    ])
  await say(1, 10)
  await eventually(async () => (await viewOf(api, operator)).fleet?.processes.length === 1)
  await eventually(async () => (await viewOf(api, operator)).unseen.length === 0)
  const { queues, outbox, heardAt } = await viewOf(api, operator)
  expect(queues).toEqual([{ name: 'all', title: expect.any(String), open: 0, leased: 0 }])
  // A checkpoint of the audit may wait there.
  expect(outbox).toMatchObject({ records: expect.any(Number) })
  expect(heardAt).toBeDefined()
  let number = 2
  await eventually(async () => {
    await say(number, 10 * number++)
    const { json } = await api.ask('GET', '/api/operations/series?range=15m', { cookie: operator })
    const reports = (json as SeriesView).panels.find(({ panel }) => panel === 'reports')
    return (
      reports?.lines.some(({ name, values }) => name === 'matched' && values.some((one) => (one ?? 0) > 0)) ??
      false
    )
  })
})

test('an operator sees the queues that its groups may see, also in the series, and no other one', async () => {
  const { api, operator } = await openApi({
    queues: [
      { name: 'fr', title: 'France', when: { jurisdictions: ['FR'] }, groups: ['france'] },
      { name: 'rest', title: 'All others' },
    ],
  })
  const member = await api.signIn('operator', { groups: ['france'] })
  const namesOf = async (cookie: string): Promise<(string[] | undefined)[]> => {
    const { queues } = await viewOf(api, cookie)
    const { json } = await api.ask('GET', '/api/operations/series?range=1h', { cookie })
    const { panels } = json as SeriesView
    const lines = (['open-cases', 'oldest-case'] as const).map((id) =>
      panels.find(({ panel }) => panel === id)?.lines.map(({ name }) => name),
    )
    return [queues?.map(({ name }) => name), ...lines]
  }
  const all = ['fr', 'rest']
  await eventually(async () => JSON.stringify(await namesOf(member)) === JSON.stringify([all, all, all]))
  expect(await namesOf(operator)).toEqual([['rest'], ['rest'], ['rest']])
})

test('dead letters come newest first, a page at a time, by code, and without a payload or its digest', async () => {
  const { api, operator } = await openApi()
  for (let n = 0; n < 5; n++) await deadLetter(api, `secret-${n}`, n === 1 ? 'oversized' : 'not-json')
  const first = await lettersOf(api, operator, '?limit=2')
  const second = await lettersOf(api, operator, `?limit=2&cursor=${first.next}`)
  const last = await lettersOf(api, operator, `?limit=2&cursor=${second.next}`)
  expect(last.next).toBeUndefined()
  const pages = [first, second, last].map(({ letters }) => letters)
  expect(pages.map(({ length }) => length)).toEqual([2, 2, 1])
  expect(
    pages
      .flat()
      .map(({ offset }) => offset)
      .toSorted((a, b) => a - b),
  ).toEqual([0, 1, 2, 3, 4])
  const times = pages.flat().map(({ at }) => at)
  expect(times).toEqual(times.toSorted().toReversed())
  const oversized = await lettersOf(api, operator, '?code=oversized')
  expect(oversized.letters).toEqual([
    {
      id: expect.stringMatching(/^\d-\d+$/),
      topic: topics.reports,
      partition: 0,
      offset: 1,
      bytes: 8,
      code: 'oversized',
      place: '/hashes',
      at: expect.any(String),
    },
  ])
  expect(JSON.stringify([first, second, last])).not.toMatch(/secret|[0-9a-f]{32}/)
})

test('an operator submits records again, each letter has its result, and the audit says who did it', async () => {
  const { api, operator } = await openApi()
  await deadLetter(api, 'a record', 'not-json')
  const [{ id }] = (await lettersOf(api, operator)).letters
  const forged = makeDeadLetter(
    { topic: topics.knownHashes, partition: 0, offset: 0 },
    null,
    new Rejection('empty'),
  )
  await api.operationsLog.produce(topics.deadLetters, [{ key: 'forged', value: JSON.stringify(forged) }])
  const elsewhere =
    (await lettersOf(api, operator)).letters.find(({ topic }) => topic === topics.knownHashes)?.id ?? ''
  const { json } = await api.ask('POST', '/api/operations/dead-letters/replay', {
    cookie: operator,
    body: { letters: [id, elsewhere, '1-999'] },
  })
  expect((json as ReplayedView).results).toEqual([
    { id, result: 'replayed' },
    { id: elsewhere, result: 'elsewhere' },
    { id: '1-999', result: 'letter-gone' },
  ])
  const records: string[] = []
  await readToEnd(api.operationsLog, topics.reports, ({ value }) => records.push(String(value)))
  expect(records).toEqual(['a record', 'a record'])
  const auditor = await api.signIn('auditor')
  const { json: audit } = await api.ask('POST', '/api/audit', {
    cookie: auditor,
    body: { action: 'dead-letters-replayed' },
  })
  // What was asked for, before any record went out, and what became of it.
  const details = (audit as AuditPage).entries.map((entry) => entry.details)
  expect(details).toHaveLength(2)
  expect(details).toContainEqual({ letters: 2, places: expect.any(String) })
  expect(details).toContainEqual({ 'ended: replayed': 1, 'ended: elsewhere': 1, 'ended: letter-gone': 1 })
})

test('a supervisor sees the page and may not submit records again; an operator sees nothing of a case', async () => {
  const { api, operator } = await openApi()
  const supervisor = await api.signIn('supervisor')
  const body = { letters: ['0-0'] }
  const path = '/api/operations/dead-letters/replay'
  expect((await api.ask('POST', path, { cookie: supervisor, body })).status).toBe(403)
  expect((await api.ask('GET', '/api/operations', { cookie: supervisor })).status).toBe(200)
  expect((await api.ask('GET', '/api/cases/1', { cookie: operator })).status).toBe(403)
  const reviewer = await api.signIn('reviewer')
  expect((await api.ask('GET', '/api/operations', { cookie: reviewer })).status).toBe(403)
})

test('while a replay is in work another one is refused with a reason, and the first has its result', async () => {
  const { api, operator } = await openApi()
  await deadLetter(api, 'a record', 'not-json')
  const [{ id }] = (await lettersOf(api, operator)).letters
  const { operationsLog: log } = api
  const produce = log.produce.bind(log)
  const reached = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  log.produce = async (...record) => {
    reached.resolve()
    await go.promise
    await produce(...record)
  }
  const replay = () =>
    api.ask('POST', '/api/operations/dead-letters/replay', { cookie: operator, body: { letters: [id] } })
  const first = replay()
  await reached.promise
  const second = await replay()
  expect(second.status).toBe(429)
  expect(second.text).toContain('Another replay of dead letters is in work')
  go.resolve()
  expect((await first).json).toEqual({ results: [{ id, result: 'replayed' }] })
  expect((await replay()).status).toBe(200)
})
