// What operators see of the review API: requests by route and status, sessions, and audit entries that nothing proves yet.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lookAtStore } from '../../../src/review/review-gauges.ts'
import { openReviewApi, type ReviewApi } from './review-api.ts'

let api: ReviewApi
beforeAll(async () => {
  api = await openReviewApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const shown = () => api.metrics.registry.metrics()
const requests = (route: string, method: string, status: string): string =>
  `hashwarden_review_requests_total{route="${route}",method="${method}",status="${status}"}`

test('each route has its series from the start, at 0', async () => {
  const text = await shown()
  for (const status of ['2xx', '4xx', '5xx']) {
    expect(text).toContain(`${requests('/api/cases/:caseId/decisions', 'POST', status)} 0`)
    expect(text).toContain(`${requests('none', 'any', status)} 0`)
  }
  expect(text).toContain('hashwarden_review_request_seconds_count{route="/api/search"} 0')
})

test('requests count by the template of their route, and no label has a part of an address', async () => {
  const cookie = await api.signIn('reviewer')
  await api.ask('GET', '/api/me', { cookie })
  for (const path of ['/api/cases/4711', '/api/cases/secret', '/api/secret', '/api/cases/secret%'])
    await api.ask('GET', path, { cookie })
  await api.ask('DELETE', '/secret', { cookie })
  await expect.poll(shown).toContain(`${requests('none', 'any', '4xx')} 3`)
  const text = await shown()
  expect(text).toContain(`${requests('/api/me', 'GET', '2xx')} 1`)
  expect(text).toContain(`${requests('/api/cases/:caseId', 'GET', '4xx')} 2`)
  expect(text).toContain('hashwarden_review_request_seconds_count{route="/api/cases/:caseId"} 2')
  expect(text).not.toMatch(/secret|4711/)
})

test('a stream of events counts once it has ended, without a time', async () => {
  const cookie = await api.signIn('reviewer')
  const stream = await fetch(new URL('/api/events', api.url), { headers: { cookie } })
  await stream.body?.cancel()
  await expect.poll(shown).toContain(`${requests('/api/events', 'GET', '2xx')} 1`)
  expect(await shown()).not.toContain('hashwarden_review_request_seconds_count{route="/api/events"}')
})

test('operators see how many sessions there are', async () => {
  const { server: db } = api.store
  const count = async (): Promise<number> => {
    await lookAtStore({ db, metrics: api.metrics })
    return Number(/^hashwarden_review_sessions (\d+)$/m.exec(await shown())?.[1])
  }
  const before = await count()
  const cookie = await api.signIn('auditor', { subject: 'one more' })
  expect(await count()).toBe(before + 1)
  await api.ask('POST', '/api/sign-out', { cookie })
  expect(await count()).toBe(before)
})

test('an audit entry has an age until a checkpoint that covers it has left the outbox', async () => {
  const { server: db } = api.store
  const age = async (): Promise<number> => {
    await lookAtStore({ db, metrics: api.metrics })
    return Number(/^hashwarden_audit_uncovered_seconds (\S+)$/m.exec(await shown())?.[1])
  }
  await api.signIn('auditor')
  expect(await age()).toBeGreaterThan(0)
  await api.makeCheckpoint()
  expect(await age()).toBeGreaterThan(0)
  await db.deleteFrom('outbox').execute()
  expect(await age()).toBe(0)
})
