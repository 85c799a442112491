// Hostile input on the real store: cases of others, markup and injections in every text field.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CaseView, LeaseView } from '../../../src/contract/review.ts'
import { digestOf, hitOf } from '../made-hits.ts'
import { openReviewApi, type Answer, type ReviewApi } from './review-api.ts'

let api: ReviewApi
let cookie: string
beforeAll(async () => {
  api = await openReviewApi({
    queues: [
      { name: 'fr', title: 'France', when: { jurisdictions: ['FR'] }, groups: ['france'] },
      { name: 'all', title: 'All' },
    ],
    undoSeconds: 600,
  })
  cookie = await api.signIn('supervisor')
})
afterAll(() => api[Symbol.asyncDispose]())

/** The number of a new case of one hit. */
async function newCase(
  jurisdictions: readonly string[] = [],
  reportId: string = randomUUID(),
): Promise<string> {
  const report = jurisdictions.length > 0 ? { jurisdictions: [...jurisdictions] } : {}
  const cases = await api.addHits([hitOf({ reportId, report })])
  return cases.at(-1) ?? ''
}

const post = (path: string, body: unknown, as = cookie): Promise<Answer> =>
  api.ask('POST', path, { cookie: as, body })

/** Leases the case and says which evidence its decision has to name. */
async function leased(
  caseId: string,
): Promise<{ readonly token: number; readonly evidence: string; readonly view: CaseView }> {
  const lease = (await post(`/api/cases/${caseId}/lease`, {})).json as LeaseView
  const view = (await api.ask('GET', `/api/cases/${caseId}`, { cookie })).json as CaseView
  return { token: lease.token, evidence: view.evidence, view }
}

const calls = (
  caseId: string,
  hitId: string,
): readonly (readonly [method: string, path: string, body?: unknown])[] => [
  ['GET', `/api/cases/${caseId}`],
  ['GET', `/api/cases/${caseId}/related`],
  ['POST', `/api/cases/${caseId}/lease`, {}],
  ['POST', `/api/cases/${caseId}/lease/renew`, { token: 1 }],
  ['POST', `/api/cases/${caseId}/lease/give-back`, { token: 1 }],
  ['POST', `/api/cases/${caseId}/skip`, { token: 1, reason: '' }],
  [
    'POST',
    `/api/cases/${caseId}/decisions`,
    { token: 1, evidence: digestOf('x'), verdict: 'refer', reason: '', note: '' },
  ],
  ['POST', `/api/cases/${caseId}/assign`, { to: null }],
  ['POST', `/api/cases/${caseId}/move`, { queue: 'all' }],
  ['POST', `/api/cases/${caseId}/priority`, { priority: 9 }],
  ['POST', `/api/cases/${caseId}/hold`, { hold: true, reason: '' }],
  ['POST', `/api/hits/${hitId}/reference`, { reference: 'contentRef' }],
  ['POST', `/api/hits/${hitId}/outcomes`, { finding: 'confirmed', basis: 'consent', reason: '' }],
]

describe('a case of a queue that is not the person’s', () => {
  test('answers as one that does not exist, whatever is asked of it, and is not changed', async () => {
    const reportId = randomUUID()
    const caseId = await newCase(['FR'], reportId)
    const { hitId } = hitOf({ reportId })
    const stateOf = () =>
      api.store.owner.selectFrom('cases').selectAll().where('case_id', '=', caseId).execute()
    const before = await stateOf()
    const absent = calls('999999', digestOf('no hit'))
    for (const [n, [method, path, body]] of calls(caseId, hitId).entries()) {
      const foreign = await api.ask(method, path, { cookie, body })
      expect([path, foreign.status]).toEqual([path, 404])
      const none = await api.ask(method, absent[n]?.[1] ?? '', { cookie, body })
      expect(foreign.text).toBe(none.text)
    }
    expect(await stateOf()).toEqual(before)
  })

  test('is in no list, no search and no count', async () => {
    const reportId = randomUUID()
    const caseId = await newCase(['FR'], reportId)
    const listed = [
      await api.ask('GET', '/api/cases?limit=200', { cookie }),
      await api.ask('GET', '/api/cases?queue=fr', { cookie }),
      await post('/api/search', { kind: 'reportId', value: reportId }),
      await api.ask('GET', '/api/queues', { cookie }),
    ]
    for (const { text } of listed) expect(text).not.toMatch(new RegExp(`"caseId":"${caseId}"|"fr"`))
    const member = await api.signIn('reviewer', { groups: ['france'] })
    expect((await post('/api/search', { kind: 'reportId', value: reportId }, member)).text).toContain(
      `"${caseId}"`,
    )
  })
})

const HOSTILE = [
  "'; drop table cases; --",
  "' or '1'='1",
  '\\x27; select pg_sleep(10)',
  '$1 $$ %s {0}',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</script><svg/onload=alert(1)>',
  'javascript:alert(1)',
  'a\nset-cookie: session=planted\n\n<html>',
  "=cmd|' /C calc'!A0",
  '{{constructor.constructor("return process")()}}',
  '\u202Etxt.exe',
  '__proto__',
  'null',
  '🙂'.repeat(20),
]

describe('a text that people write', () => {
  test.each(HOSTILE.map((text) => [JSON.stringify(text), text] as const))(
    '%s is kept as it is, and shown as text',
    async (_name, text) => {
      const caseId = await newCase()
      const { token, evidence, view } = await leased(caseId)
      const body = { token, evidence, verdict: 'insufficient', reason: text, note: text }
      expect((await post(`/api/cases/${caseId}/decisions`, body)).status).toBe(200)
      const hitId = view.hits[0]?.hit.hitId ?? ''
      const found = { finding: 'not-a-match', basis: 'consent', reason: text }
      const answers = [
        await post(`/api/hits/${hitId}/outcomes`, found),
        await post(`/api/cases/${caseId}/hold`, { hold: true, reason: text }),
        await post('/api/known-entries/suspect', { source: 'example-list', sourceId: 'x', reason: text }),
      ]
      expect(answers.map(({ status }) => status)).not.toContain(500)
      const shown = await api.ask('GET', `/api/cases/${caseId}`, { cookie })
      expect(shown.headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(shown.headers.get('set-cookie')).toBe(null)
      expect((shown.json as CaseView).hits[0]?.decision).toMatchObject({ reason: text, note: text })
    },
  )

  test.each(['a\u0000b', 'a\u001b[31m', 'a\rb', '\u0085', 'x'.repeat(501)])('%j is refused', async (text) => {
    const caseId = await newCase()
    const { token, evidence } = await leased(caseId)
    const body = { token, evidence, verdict: 'insufficient', reason: text, note: '' }
    expect((await post(`/api/cases/${caseId}/decisions`, body)).status).toBe(400)
  })
})

describe('a value that is searched for', () => {
  const kinds = ['hitId', 'reportId', 'contentRef', 'actorRef', 'cybertipId', 'knownEntry', 'hashValue']
  test.each(kinds)('of the kind %s finds nothing and breaks nothing, however hostile', async (kind) => {
    await newCase()
    const searcher = await api.signIn('reviewer', { subject: `searches-${kind}` })
    for (const value of [...HOSTILE, 'a\u0000b', '%', '_', '\\', '*', 'pdq:', '/', 'sha256:zz']) {
      const { status, json } = await post('/api/search', { kind, value }, searcher)
      expect([200, 400], `${kind} ${JSON.stringify(value)}`).toContain(status)
      if (status === 200) expect(json, `${kind} ${value}`).toEqual({ cases: [] })
    }
  })
})

test('hostile names of queues, people, entries, cursors and keys break nothing', async () => {
  const caseId = await newCase()
  for (const text of [...HOSTILE, 'a\u0000b']) {
    const query = encodeURIComponent(text)
    const answers = [
      await post('/api/leases', { queue: text.slice(0, 64) }),
      await post(`/api/cases/${caseId}/move`, { queue: text.slice(0, 64) }),
      await post(`/api/cases/${caseId}/assign`, { to: text }),
      await post('/api/known-entries', { source: 'example-list', sourceId: text.slice(0, 64) }),
      await api.ask('GET', `/api/cases?cursor=${query}`, { cookie }),
      await api.ask('GET', `/api/cases?queue=${query}`, { cookie }),
      await api.ask('PUT', '/api/me/keys', { cookie, body: { keys: { skip: text.slice(0, 16) } } }),
    ]
    expect(
      answers.map(({ status }) => status).filter((status) => status >= 500),
      text,
    ).toEqual([])
  }
  expect(api.log.filter((line) => line.includes('"level":50'))).toEqual([])
})

test('a cursor of objects and a name of half a character break nothing', async () => {
  const cursor = Buffer.from('[{"toString":1,"valueOf":1},{"toString":1},"1"]').toString('base64url')
  const { status } = await api.ask('GET', `/api/cases?cursor=${cursor}`, { cookie })
  expect(status).toBe(400)
  const body = '{"name":"\\ud800","role":"reviewer"}'
  expect((await api.ask('POST', '/sign-in/development', { body })).status).toBeLessThan(500)
})

test('a signed-in name with markup stays text', async () => {
  const name = '<b onmouseover=alert(1)>Ada</b>'
  const { json, headers } = await api.ask('GET', '/api/me', {
    cookie: await api.signIn('reviewer', { name }),
  })
  expect(json).toMatchObject({ name })
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})
