// Sessions: how they begin, last and end, and that no other cookie opens one.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COOKIE, SESSION_COOKIE } from '../../../src/review/api/identity.ts'
import { Sessions } from '../../../src/review/sign-in/sessions.ts'
import { openReviewApi, type ReviewApi } from './review-api.ts'

let api: ReviewApi
beforeAll(async () => {
  api = await openReviewApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const digestBytes = (session: string): Buffer =>
  createHash('sha256')
    .update(session.slice(session.indexOf('=') + 1))
    .digest()

const meOf = async (session: string): Promise<number> =>
  (await api.ask('GET', '/api/me', { cookie: session })).status
const change = (session: string, seconds: { readonly seen?: number; readonly ends?: number }) =>
  api.store.owner
    .updateTable('sessions')
    .set({
      ...(seconds.seen === undefined ? {} : { seen_at: new Date(Date.now() + seconds.seen * 1_000) }),
      ...(seconds.ends === undefined ? {} : { ends_at: new Date(Date.now() + seconds.ends * 1_000) }),
    })
    .where('session_hash', '=', digestBytes(session))
    .execute()

describe('a session', () => {
  test('ends after 30 minutes without use', async () => {
    const session = await api.signIn('reviewer')
    await change(session, { seen: -29 * 60 })
    expect(await meOf(session)).toBe(200)
    await change(session, { seen: -30 * 60 - 5 })
    expect(await meOf(session)).toBe(401)
  })

  test('ends after its 12 hours, however it is used', async () => {
    const session = await api.signIn('reviewer')
    await change(session, { ends: -1 })
    expect(await meOf(session)).toBe(401)
  })

  test('lasts when the person does something, and not by what a page does by itself', async () => {
    const session = await api.signIn('reviewer')
    const seen = async () => {
      const sessions = api.store.owner.selectFrom('sessions').select('seen_at')
      return (await sessions.where('session_hash', '=', digestBytes(session)).executeTakeFirstOrThrow())
        .seen_at
    }
    await change(session, { seen: -20 * 60 })
    const before = await seen()
    await api.ask('GET', '/api/me', { cookie: session, headers: { 'hashwarden-unattended': '1' } })
    expect(await seen()).toEqual(before)
    await meOf(session)
    expect((await seen()).getTime()).toBeGreaterThan(before.getTime())
  })

  test('is over after the sign-out, and its cookie opens nothing', async () => {
    const session = await api.signIn('reviewer')
    const { status, headers } = await api.ask('POST', '/api/sign-out', { cookie: session, body: {} })
    expect(status).toBe(200)
    expect(headers.get('set-cookie')).toMatch(/^__Host-hashwarden-session=; .*Expires=Thu, 01 Jan 1970/)
    expect(await meOf(session)).toBe(401)
  })

  test('that has ended is swept away, with who has none left', async () => {
    const [gone, one, other] = await Promise.all(
      ['gone', 'stays', 'stays'].map((subject) => api.signIn('reviewer', { subject })),
    )
    await change(gone ?? '', { ends: -1 })
    await change(one ?? '', { seen: -31 * 60 })
    expect(await new Sessions(api.store.server).sweep()).toEqual(['gone'])
    const left = await api.store.owner.selectFrom('sessions').select('session_hash').execute()
    const hashes = new Set(left.map(({ session_hash: hash }) => hash.toString('hex')))
    expect(
      [gone, one, other].map((session) => hashes.has(digestBytes(session ?? '').toString('hex'))),
    ).toEqual([false, false, true])
  })

  test.each([
    ['idle', { seen: -31 * 60 }],
    ['time', { ends: -1 }],
  ])('that has ended by %s is an entry of the audit', async (why, seconds) => {
    const session = await api.signIn('reviewer', { subject: `ends-by-${why}` })
    await change(session, seconds)
    const sessions = new Sessions(api.store.server)
    await Promise.all([sessions.sweep(), sessions.sweep()])
    const entries = api.store.owner.selectFrom('audit_entries').select('entry')
    const ended = entries.where('action', '=', 'session-ended').where('actor', '=', `ends-by-${why}`)
    expect((await ended.execute()).map(({ entry }): unknown => JSON.parse(entry))).toEqual([
      expect.objectContaining({ details: { why } }),
    ])
  })

  test('ends by an operator’s word, with all others of the person', async () => {
    const [one, two, other] = await Promise.all(
      ['ended', 'ended', 'left'].map((subject) => api.signIn('reviewer', { subject })),
    )
    expect(await new Sessions(api.store.server).endAll('ended')).toBe(2)
    expect(await Promise.all([one, two, other].map((session) => meOf(session ?? '')))).toEqual([
      401, 401, 200,
    ])
  })

  test('is kept as a digest: who reads the table can’t sign in', async () => {
    const session = await api.signIn('reviewer')
    const rows = await api.store.owner.selectFrom('sessions').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(session.split('=')[1])
  })

  test.each(['', 'x', 'A'.repeat(43), 'a'.repeat(5_000), '%00', "' or 1=1 --"])(
    'is not opened by the cookie %j',
    async (value) => {
      expect(await meOf(`${SESSION_COOKIE}=${value}`)).toBe(401)
    },
  )

  test('cookie is for this host alone, over TLS, and no script reads it', () => {
    expect(SESSION_COOKIE).toMatch(/^__Host-/)
    expect(COOKIE).toEqual({ path: '/', httpOnly: true, secure: true, sameSite: 'lax' })
  })
})

describe('the development sign-in', () => {
  const body = { name: 'Ada', role: 'reviewer' }

  test('begins a new session, and a cookie that was there before opens nothing any more', async () => {
    const planted = await api.signIn('auditor')
    const { status, headers } = await api.ask('POST', '/sign-in/development', { cookie: planted, body })
    expect(status).toBe(204)
    const fresh = headers.get('set-cookie')?.split(';')[0] ?? ''
    expect(fresh).not.toBe(planted)
    expect(headers.get('set-cookie')).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const { json } = await api.ask('GET', '/api/me', { cookie: fresh })
    expect(json).toMatchObject({ name: 'Ada', roles: ['reviewer'], isDevelopment: true })
    expect((await api.ask('GET', '/api/me', { cookie: planted })).status).toBe(401)
  })

  test.each([
    {},
    { name: 'Ada' },
    { ...body, role: 'owner' },
    { ...body, name: 'a\nb' },
    { ...body, more: 1 },
    'null',
    '[]',
  ])('refuses %j', async (wrong) => {
    expect((await api.ask('POST', '/sign-in/development', { body: wrong })).status).toBe(400)
  })

  test('can’t be begun by another site', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://other.example' }
    expect((await api.ask('POST', '/sign-in/development', { body, headers })).status).toBe(403)
  })
})
