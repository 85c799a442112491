// Who may call what: every route of the API against the table of rights.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROLES } from '../../../src/contract/review.ts'
import { may, type Right } from '../../../src/review/rights.ts'
import { digestOf } from '../made-hits.ts'
import { openReviewApi, type ReviewApi } from './review-api.ts'

const EVIDENCE = digestOf('evidence')
const HIT = digestOf('hit')
const LEASE = { token: 1 }
const WORK: readonly Right[] = ['case.work', 'case.second', 'case.settle']

type Call = readonly [
  method: string,
  path: string,
  rights: readonly Right[] | 'signed-in' | 'public',
  body?: unknown,
]

/** A valid call of each route. It is written by hand: a route whose rights change has to be changed here, too. */
const CALLS: readonly Call[] = [
  ['GET', '/api/sign-in-options', 'public'],
  ['GET', '/api/openapi.json', 'public'],
  ['GET', '/api/me', 'signed-in'],
  ['PUT', '/api/me/keys', 'signed-in', { keys: { skip: 's' } }],
  ['GET', '/api/queues', ['queue.read']],
  ['GET', '/api/cases', ['queue.read']],
  ['GET', '/api/events', ['queue.read']],
  ['POST', '/api/leases', WORK, {}],
  ['POST', '/api/search', ['search'], { kind: 'reportId', value: 'r-1' }],
  ['GET', '/api/cases/7', ['case.read']],
  ['GET', '/api/cases/7/related', ['case.read']],
  ['POST', '/api/cases/7/lease', WORK],
  ['POST', '/api/cases/7/lease/renew', WORK, LEASE],
  ['POST', '/api/cases/7/lease/give-back', WORK, LEASE],
  ['POST', '/api/cases/7/skip', WORK, { ...LEASE, reason: 'Not mine' }],
  [
    'POST',
    '/api/cases/7/decisions',
    WORK,
    { ...LEASE, evidence: EVIDENCE, verdict: 'refer', reason: '', note: '' },
  ],
  ['POST', `/api/verdicts/${randomUUID()}/undo`, WORK],
  ['POST', '/api/cases/7/assign', ['case.direct'], { to: null }],
  ['POST', '/api/cases/7/move', ['case.direct'], { queue: 'all' }],
  ['POST', '/api/cases/7/priority', ['case.direct'], { priority: 5 }],
  ['POST', '/api/cases/7/hold', ['case.hold'], { hold: true, reason: 'Court order' }],
  ['POST', `/api/hits/${HIT}/reference`, ['case.read'], { reference: 'contentRef' }],
  [
    'POST',
    `/api/hits/${HIT}/outcomes`,
    ['outcome.report'],
    { finding: 'confirmed', basis: 'consent', reason: '' },
  ],
  [
    'POST',
    '/api/corrections',
    // Its own reviewer's, too: the case decides.
    WORK,
    { evidence: EVIDENCE, supersedes: randomUUID(), verdict: 'refer', reason: '', note: '' },
  ],
  ['POST', '/api/known-entries', ['entry.read'], { source: 'example-list', sourceId: 'x' }],
  [
    'POST',
    '/api/known-entries/suspect',
    ['entry.suspect'],
    { source: 'example-list', sourceId: 'x', reason: '' },
  ],
  ['POST', '/api/audit', ['audit.read'], {}],
  ['POST', '/api/audit/verify', ['audit.verify']],
  ['GET', '/api/operations', ['fleet.read']],
  ['GET', '/api/operations/series?range=15m', ['fleet.read']],
  ['GET', '/api/operations/dead-letters', ['fleet.read']],
  ['POST', '/api/operations/dead-letters/replay', ['dead-letter.replay'], { letters: ['0-1'] }],
  ['GET', '/api/lists', ['list.read']],
  ['POST', '/api/lists/held', ['list.curate'], {}],
  ['GET', '/api/lists/curations', ['list.curate']],
  [
    'POST',
    '/api/lists/curations',
    ['list.curate'],
    { kind: 'suppress', target: { type: 'md5', value: HIT.slice(32) }, reason: 'Harmless' },
  ],
  [
    'POST',
    '/api/lists/approvals',
    ['list.approve'],
    { source: 'example-list', pendingId: 'x', verdict: 'refuse', reason: 'Too much' },
  ],
  ['POST', '/api/cases/7/export', ['export'], { format: 'vics-json' }],
  // It ends the session, so it comes last.
  ['POST', '/api/sign-out', 'signed-in'],
]

let api: ReviewApi
beforeAll(async () => {
  api = await openReviewApi()
})
afterAll(() => api[Symbol.asyncDispose]())

/** The status of the call; a stream of events is closed at once. */
async function statusOf([method, path, , body]: Call, cookie?: string): Promise<number> {
  const closed = new AbortController()
  const answer = await fetch(new URL(path, api.url), {
    method,
    signal: closed.signal,
    headers: { ...(cookie ? { cookie } : {}), ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  closed.abort()
  return answer.status
}

const nameOf = ([method, path]: Call): string =>
  `${method} ${path
    .replace(/\/7(?=\/|$)/, '/{caseId}')
    .replace(HIT, '{hitId}')
    .replace(/verdicts\/[^/]+/, 'verdicts/{undoId}')
    .replace(/\?.*/, '')}`

test('this table has every route that the API describes, and no other', async () => {
  const { json } = await api.ask('GET', '/api/openapi.json')
  const { paths } = json as { readonly paths: Readonly<Record<string, object>> }
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(CALLS.map(nameOf).toSorted()).toEqual(described.toSorted())
})

describe('without a session', () => {
  test.each(CALLS.map((call) => [nameOf(call), call] as const))('%s', async (_name, call) => {
    expect(await statusOf(call)).toBe(call[2] === 'public' ? 200 : 401)
  })
})

describe.each(ROLES)('as %s', (role) => {
  const actor = { subject: 'x', roles: [role], groups: [] }
  const isPermitted = ([, , rights]: Call): boolean =>
    typeof rights === 'string' || rights.some((right) => may(actor, right))

  test.each(
    CALLS.map((call) => [nameOf(call), isPermitted(call) ? 'is permitted' : 'is forbidden', call] as const),
  )('%s %s', async (_name, what, call) => {
    const status = await statusOf(call, await api.signIn(role))
    if (what === 'is forbidden') expect(status).toBe(403)
    else expect([401, 403, 500]).not.toContain(status)
  })
})

test('a role that nobody has any more opens nothing', async () => {
  const cookie = await api.signIn('reviewer', { roles: [] })
  for (const call of CALLS.filter(([, , rights]) => typeof rights !== 'string'))
    expect(await statusOf(call, cookie), nameOf(call)).toBe(403)
})
