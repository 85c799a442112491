// The stream of events: who hears what, and that it goes on when PostgreSQL drops the connection.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { announce } from '../../../src/review/announce.ts'
import { hitOf } from '../made-hits.ts'
import { listen } from './event-listener.ts'
import { openReviewApi, type ReviewApi } from './review-api.ts'

let api: ReviewApi
beforeAll(async () => {
  api = await openReviewApi({
    queues: [
      { name: 'fr', title: 'France', when: { jurisdictions: ['FR'] }, groups: ['france'] },
      { name: 'all', title: 'All' },
    ],
  })
})
afterAll(() => api[Symbol.asyncDispose]())

test('a new case is heard, without a word of whom it is about', async () => {
  await using stream = await listen(api.url, await api.signIn('reviewer'))
  await stream.hears('retry:')
  await api.addHits([hitOf({ reportId: 'r-new', actorRef: 'somebody' })])
  await stream.hears('data: {"event":"queue"}\n\n')
  expect(stream.text()).not.toMatch(/somebody|r-new|content/)
})

test('a change of a case is heard with its number, and equal ones once', async () => {
  await using stream = await listen(api.url, await api.signIn('reviewer'))
  await stream.hears('retry:')
  const change = { event: 'case', queue: 'all', caseId: '77' } as const
  await announce(api.store.server, [change, change])
  await stream.hears('data: {"event":"case","caseId":"77"}\n\n')
  expect(stream.text().split('"77"')).toHaveLength(2)
})

test('a case of a queue that the person may not see is not heard', async () => {
  await using without = await listen(api.url, await api.signIn('supervisor'))
  await using member = await listen(api.url, await api.signIn('reviewer', { groups: ['france'] }))
  await Promise.all([without.hears('retry:'), member.hears('retry:')])
  await announce(api.store.server, [{ event: 'case', queue: 'fr', caseId: '1' }])
  await announce(api.store.server, [{ event: 'case', queue: 'all', caseId: '2' }])
  await Promise.all([without.hears('"2"'), member.hears('"2"')])
  expect(member.text()).toContain('"caseId":"1"')
  expect(without.text()).not.toContain('"caseId":"1"')
})

test('many changes at once become one: look at everything again', async () => {
  await using stream = await listen(api.url, await api.signIn('reviewer'))
  await stream.hears('retry:')
  const changes = Array.from(
    { length: 500 },
    (_, n) => ({ event: 'case', queue: 'all', caseId: `${n + 1000}` }) as const,
  )
  await announce(api.store.server, changes)
  await stream.hears('data: {"event":"queue"}')
  expect(stream.text().split('data:').length).toBeLessThan(202)
})

test('when PostgreSQL drops the connection, the stream lives on and says that something may have been missed', async () => {
  await using stream = await listen(api.url, await api.signIn('reviewer'))
  await stream.hears('retry:')
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query ilike 'listen%'`.execute(api.store.server)
  await stream.hears('data: {"event":"queue"}')
  await announce(api.store.server, [{ event: 'case', queue: 'all', caseId: '88' }])
  await stream.hears('"88"')
})

test('what others write into the channel changes nothing', async () => {
  await using stream = await listen(api.url, await api.signIn('reviewer'))
  await stream.hears('retry:')
  for (const payload of [
    '',
    'x',
    '{}',
    '[]',
    'null',
    '{"event":"case"}',
    '{"event":"other","queue":"all"}',
    '{"event":"case","queue":"all","caseId":"1\\n\\ndata: x"}',
  ])
    await sql`select pg_notify('review', ${payload})`.execute(api.store.server)
  await announce(api.store.server, [{ event: 'case', queue: 'all', caseId: '99' }])
  await stream.hears('"99"')
  expect(stream.text()).not.toMatch(/other|\ndata: x/)
})

test('the stream ends soon after the session has ended', async () => {
  const cookie = await api.signIn('reviewer')
  await using stream = await listen(api.url, cookie)
  await stream.hears('retry:')
  await api.ask('POST', '/api/sign-out', { cookie })
  await announce(api.store.server, [{ event: 'case', queue: 'all', caseId: '66' }])
  await stream.ends()
  expect(stream.text()).not.toContain('"66"')
})

test('a person has ten streams at most, and one that is closed makes room', async () => {
  const cookie = await api.signIn('reviewer', { subject: 'many-windows' })
  const streams = await Promise.all(Array.from({ length: 10 }, () => listen(api.url, cookie)))
  expect(streams.map(({ status }) => status)).toEqual(Array(10).fill(200))
  expect((await api.ask('GET', '/api/events', { cookie })).status).toBe(429)
  await streams[0]?.[Symbol.asyncDispose]()
  await expect
    .poll(async () => {
      const stream = await listen(api.url, cookie)
      await stream[Symbol.asyncDispose]()
      return stream.status
    })
    .toBe(200)
  await Promise.all(streams.map((stream) => stream[Symbol.asyncDispose]()))
})

test('an open stream does not keep a session from ending idle', async () => {
  const cookie = await api.signIn('reviewer', { subject: 'away-from-desk' })
  const ofPerson = api.store.owner
    .selectFrom('sessions')
    .select('seen_at')
    .where('subject', '=', 'away-from-desk')
  await api.store.owner
    .updateTable('sessions')
    .set({ seen_at: new Date(Date.now() - 20 * 60_000) })
    .where('subject', '=', 'away-from-desk')
    .execute()
  const before = await ofPerson.executeTakeFirstOrThrow()
  await using stream = await listen(api.url, cookie)
  await stream.hears('retry:')
  expect(await ofPerson.executeTakeFirstOrThrow()).toEqual(before)
})
