// What the API refuses of any request: other sites, other hosts, bodies and addresses that are not as they should be.
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditAction } from '../../../src/contract/review.ts'
import { appendAudit } from '../../../src/review/audit/append.ts'
import { digestOf } from '../made-hits.ts'
import { openReviewApi, type AskOptions, type ReviewApi } from './review-api.ts'

let api: ReviewApi
let cookie: string
beforeAll(async () => {
  api = await openReviewApi()
  cookie = await api.signIn('supervisor')
})
afterAll(() => api[Symbol.asyncDispose]())

const codeOf = (json: unknown): unknown => Reflect.get(Object(json), 'code')
const lease = (options: AskOptions) => api.ask('POST', '/api/leases', { cookie, body: {}, ...options })

describe('a request from another site is refused', () => {
  test.each([
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://other.example' }],
    [{ 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }],
    [{ 'sec-fetch-site': 'none' }],
    [{ origin: 'https://other.example' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://other.example' }],
  ])('%j', async (headers) => {
    const { status, json } = await lease({ headers })
    expect([status, codeOf(json)]).toEqual([403, 'cross-site'])
  })

  test('a case that another site embeds', async () => {
    const { status } = await api.ask('GET', '/api/cases/1', {
      cookie,
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    expect(status).toBe(403)
  })
})

test('a page of this site, and a client that is no browser, are served', async () => {
  const own = { 'sec-fetch-site': 'same-origin', origin: new URL(api.url).origin }
  for (const headers of [own, { origin: new URL(api.url).origin }, {}])
    expect((await lease({ headers })).status).not.toBe(403)
})

test('a link from elsewhere shows a page', async () => {
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  expect((await api.ask('GET', '/cases/1', { headers })).status).not.toBe(403)
})

/** fetch sets the host by itself. */
const statusFrom = (host: string): Promise<number | undefined> => {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const headers = { host, cookie, 'sec-fetch-site': 'same-origin' }
  const asked = request(new URL('/api/me', api.url), { headers }, (answer) => {
    answer.resume()
    resolve(answer.statusCode)
  })
  asked.on('error', reject).end()
  return promise
}

test('a host of another name that leads to this address is refused', async () => {
  const { port } = new URL(api.url)
  expect(await statusFrom(`127.0.0.1:${port}`)).toBe(200)
  expect(await statusFrom(`localhost:${port}`)).toBe(200)
  for (const host of [
    `other.example:${port}`,
    'other.example',
    `127.0.0.1.other.example:${port}`,
    '127.0.0.1',
  ])
    expect(await statusFrom(host), host).toBe(403)
})

describe('a body is refused', () => {
  test('that is larger than 128 KiB', async () => {
    const { status, json } = await lease({ body: JSON.stringify({ queue: 'x'.repeat(200_000) }) })
    expect([status, codeOf(json)]).toEqual([413, 'too-large'])
  })

  test.each([
    ['with an unknown field', '{"queue":"all","owner":true}', 'unknown-field'],
    ['with a field of another type', '{"queue":7}', 'malformed-value at /queue'],
    ['with a prototype', '{"__proto__":{"queue":"all"}}', undefined],
    ['that is no JSON', '{"queue":', undefined],
    ['that is a list', '[]', 'malformed-value'],
  ])('%s', async (_what, body, detail) => {
    const { status, json, headers } = await lease({ body })
    expect([status, codeOf(json), Reflect.get(Object(json), 'detail')]).toEqual([400, 'invalid', detail])
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'of the type %s',
    async (type) => {
      const { status, json } = await lease({ body: '{}', headers: { 'content-type': type } })
      expect([status, codeOf(json)]).toEqual([400, 'invalid'])
    },
  )

  test('where there is nothing to say', async () => {
    const { status, json } = await api.ask('POST', '/api/cases/1/lease', { cookie, body: { token: 1 } })
    expect([status, codeOf(json)]).toEqual([400, 'invalid'])
  })
})

describe('an address that names nothing answers 404, as one that the person may not see', () => {
  test.each([
    '/api',
    '/api/',
    '/api/nothing',
    '/api/cases/0',
    '/api/cases/x',
    '/api/cases/1%20or%201=1',
    '/api/cases/99999999999999999999',
    '/api/cases/999999999999999999',
    '/api/cases/%00',
    '/api/cases/..%2f..%2fetc%2fpasswd',
  ])('GET %s', async (path) => {
    const { status, json } = await api.ask('GET', path, { cookie })
    expect([status, codeOf(json)]).toEqual([404, 'not-found'])
  })

  test.each(
    ['DELETE', 'PATCH', 'PUT', 'OPTIONS', 'TRACE'.toLowerCase()].filter((method) => method !== 'trace'),
  )('%s /api/queues', async (method) => {
    expect((await api.ask(method, '/api/queues', { cookie })).status).toBe(404)
  })
})

test('numbers of a query are numbers, and one that is none is refused', async () => {
  expect((await api.ask('GET', '/api/cases?limit=5', { cookie })).status).toBe(200)
  const wrong = [
    'limit=x',
    'limit=0',
    'limit=1000',
    'limit=1&limit=2',
    'cursor=%27',
    'owner=1',
    'queue=all&queue=fr',
    'state=drop',
  ]
  for (const query of wrong)
    expect((await api.ask('GET', `/api/cases?${query}`, { cookie })).status, query).toBe(400)
})

test('the audit shows an entry whose action only a later version knows', async () => {
  // A later version's list has it.
  const action = 'watched-the-moon' as AuditAction
  await api.store.server
    .transaction()
    .execute((tx) => appendAudit(tx, [{ action, actor: 'later', details: { letters: 2 } }], new Date()))
  const auditor = await api.signIn('auditor')
  const { status, json } = await api.ask('POST', '/api/audit', { cookie: auditor, body: { actor: 'later' } })
  expect(status).toBe(200)
  expect(json).toMatchObject({ entries: [{ action, details: { letters: 2 } }] })
})

test('the audit takes its filter in the body, so that no URL names a person', async () => {
  const auditor = await api.signIn('auditor')
  const audit = (body: unknown) => api.ask('POST', '/api/audit', { cookie: auditor, body })
  expect((await audit({})).status).toBe(200)
  const mine = await audit({ actor: 'auditor-1', limit: 1 })
  expect(mine.json).toMatchObject({ entries: [{ action: 'audit-read', actor: 'auditor-1' }] })
  expect((await audit({ actor: 'another' })).json).toEqual({ entries: [] })
  expect((await api.ask('GET', '/api/audit?actor=auditor-1', { cookie: auditor })).status).toBe(404)
  for (const wrong of [{ limit: 1_000 }, { cursor: "'" }, { caseId: '1;' }, { action: 'drop' }, { owner: 1 }])
    expect((await audit(wrong)).status, JSON.stringify(wrong)).toBe(400)
})

describe('every answer', () => {
  test.each(['/', '/cases/1', '/api/me', '/api/nothing', '/assets/none.js'])(
    'of %s has the guarding headers',
    async (path) => {
      const { headers } = await api.ask('GET', path)
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';font-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none';require-trusted-types-for 'script';trusted-types 'none'",
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toMatch(/^no-(?:store|cache)$/)
      expect(headers.get('access-control-allow-origin')).toBe(null)
      expect(headers.get('server')).toBe(null)
    },
  )
})

test('a problem quotes nothing of the request, and neither does the log', async () => {
  const marker = `x${digestOf('a value')}`
  const asked = [
    api.ask('GET', `/api/${marker}`, { cookie }),
    api.ask('GET', `/api/cases/${marker}`, { cookie }),
    api.ask('GET', `/api/cases?cursor=${marker}&${marker}=1`, { cookie }),
    api.ask('POST', `/api/hits/${marker}/reference`, { cookie, body: { reference: marker } }),
    lease({ body: { [marker]: marker } }),
    lease({ body: `{"${marker}` }),
    lease({ body: {}, headers: { 'content-type': marker } }),
    lease({ headers: { authorization: `Bearer ${marker}` } }),
    api.ask('POST', '/sign-in/development', { body: { name: marker, role: marker } }),
  ]
  for (const { status, text, headers } of await Promise.all(asked)) {
    expect(status).toBeGreaterThanOrEqual(400)
    expect(text).not.toContain(marker)
    expect(JSON.stringify([...headers])).not.toContain(marker)
  }
  expect(api.log.join('')).not.toContain(marker)
})

test('a person who asks too often waits, and others do not', async () => {
  const body = { kind: 'reportId', value: 'r-1' }
  const often = await api.signIn('reviewer', { subject: 'often' })
  const search = (session: string) => api.ask('POST', '/api/search', { cookie: session, body })
  const answers = await Promise.all(Array.from({ length: 121 }, () => search(often)))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(1)
  expect(codeOf(refused[0]?.json)).toBe('too-many-requests')
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await search(await api.signIn('reviewer', { subject: 'rarely' }))).status).not.toBe(429)
})
