// What a session is worth while the provider changes its mind: groups that were taken away, grants that were revoked.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../../src/cli/local/broker-address.ts'
import { pino } from 'pino'
import { SESSION_COOKIE } from '../../../src/review/api/identity.ts'
import type { SignInSettings } from '../../../src/review/sign-in/person.ts'
import { IdentityProvider } from '../../../src/review/sign-in/provider.ts'
import { Sessions } from '../../../src/review/sign-in/sessions.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { openReviewApi, type ReviewApi } from '../api/review-api.ts'
import { CLIENT_ID, CLIENT_SECRET, startIdentityProvider, type TestProvider } from '../identity-provider.ts'
import { Visitor } from './visitor.ts'

const SECRET_VARIABLE = `TEST_OIDC_SECRET_${randomUUID()}`
const people: Record<string, { name: string; groups: readonly string[] }> = {}

let provider: TestProvider
let api: ReviewApi
let signInSettings: SignInSettings
beforeAll(async () => {
  process.env[SECRET_VARIABLE] = CLIENT_SECRET
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  provider = await startIdentityProvider({ people, redirectUris: [`${url}/sign-in/callback`] })
  signInSettings = {
    issuer: provider.issuer,
    clientId: CLIENT_ID,
    clientSecret: { variable: SECRET_VARIABLE },
    groupsClaim: 'groups',
    roles: { reviewer: ['reviewers'], supervisor: ['supervisors'] },
  }
  api = await openReviewApi({ port, signIn: signInSettings })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
  delete process.env[SECRET_VARIABLE]
})

/** Somebody who has signed in, as a member of these groups. */
async function signIn(sub: string, groups: readonly string[]): Promise<Visitor> {
  people[sub] = { name: sub, groups }
  const visitor = new Visitor()
  const form = await visitor.visit(`${api.url}/sign-in/provider?return=/`)
  await visitor.visit(form.url, { sub })
  return visitor
}
const me = (visitor: Visitor) => api.ask('GET', '/api/me', { cookie: visitor.cookieHeader(api.url) })
const sessionsOf = (subject: string) => api.store.owner.updateTable('sessions').where('subject', '=', subject)
const minutesPass = (subject: string, minutes: number) =>
  sessionsOf(subject)
    .set({ checked_at: new Date(Date.now() - minutes * 60_000) })
    .execute()
const actionsOf = async (actor: string): Promise<readonly unknown[]> => {
  const entries = api.store.owner.selectFrom('audit_entries').select('entry').where('actor', '=', actor)
  const rows = await entries.orderBy('leaf_index').execute()
  return rows.map(({ entry }) => {
    const { action, details }: Record<string, unknown> = JSON.parse(entry)
    return { action, details }
  })
}

test('a person who loses a group loses its role within 15 minutes, and keeps the others', async () => {
  const ada = await signIn('ada', ['reviewers', 'supervisors'])
  people['ada'] = { name: 'ada', groups: ['reviewers'] }
  await minutesPass('ada', 14)
  expect((await me(ada)).json).toMatchObject({ roles: ['reviewer', 'supervisor'] })
  await minutesPass('ada', 16)
  expect((await me(ada)).json).toMatchObject({ roles: ['reviewer'] })
  expect(await actionsOf('ada')).toContainEqual({ action: 'roles-changed', details: { roles: 'reviewer' } })
  // The refresh token was of use once, and the next one is there.
  people['ada'] = { name: 'ada', groups: ['supervisors'] }
  await minutesPass('ada', 16)
  expect((await me(ada)).json).toMatchObject({ roles: ['supervisor'] })
})

test('a person who loses the last role is signed out, and the audit says why', async () => {
  const ben = await signIn('ben', ['reviewers'])
  people['ben'] = { name: 'ben', groups: [] }
  await minutesPass('ben', 16)
  expect((await me(ben)).status).toBe(401)
  expect(await new Sessions(api.store.server).sweep()).toEqual(['ben'])
  expect(await actionsOf('ben')).toContainEqual({ action: 'session-ended', details: { why: 'no-role' } })
})

test('a person who no longer exists at the provider is signed out', async () => {
  const cleo = await signIn('cleo', ['reviewers'])
  delete people['cleo']
  await minutesPass('cleo', 16)
  expect((await me(cleo)).status).toBe(401)
})

test('ten requests at once ask the provider once', async () => {
  const dora = await signIn('dora', ['reviewers'])
  await minutesPass('dora', 16)
  const answers = await Promise.all(Array.from({ length: 10 }, () => me(dora)))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  await minutesPass('dora', 16)
  expect((await me(dora)).status).toBe(200)
})

test('the store holds no refresh token in clear, and another session’s secret opens none', async () => {
  await signIn('eve', ['reviewers'])
  const rows = await api.store.owner.selectFrom('sessions').selectAll().execute()
  const sealed = rows.flatMap(({ refresh_token: token }) => (token === null ? [] : [token]))
  expect(sealed.length).toBeGreaterThan(0)
  // A token of the provider is printable; what is stored is not.
  for (const token of sealed) expect(token.toString('latin1')).not.toMatch(/[\w-]{24}/)
})

test('while the provider is away, who has signed in goes on', async () => {
  const flo = await signIn('flo', ['reviewers'])
  await minutesPass('flo', 16)
  const settings = { ...signInSettings, issuer: 'http://127.0.0.1:1' }
  const away = new IdentityProvider({ settings, db: api.store.server, logger: pino({ level: 'silent' }) })
  const sessions = new Sessions(api.store.server, {
    everyMs: away.recheckEveryMs,
    ask: (token, person) => away.recheck(token, person),
  })
  const secret = flo.cookies(api.url).get(SESSION_COOKIE) ?? ''
  expect(await sessions.find(secret, true)).toMatchObject({ person: { roles: ['reviewer'] } })
  // Asked again a minute later, by its own provider, which is there.
  people['flo'] = { name: 'flo', groups: ['supervisors'] }
  expect((await me(flo)).json).toMatchObject({ roles: ['reviewer'] })
  await minutesPass('flo', 16)
  expect((await me(flo)).json).toMatchObject({ roles: ['supervisor'] })
})

test('signing out has the provider forget the refresh token', async () => {
  const gil = await signIn('gil', ['reviewers'])
  await api.ask('POST', '/api/sign-out', { cookie: gil.cookieHeader(api.url) })
  await eventually(async () => provider.revoked.includes('gil'))
})

test('signing in anew over a session ends that one, and the provider still vouches for the new one', async () => {
  const hal = await signIn('hal', ['reviewers'])
  const former = hal.cookieHeader(api.url)
  const form = await hal.visit(`${api.url}/sign-in/provider?return=/`)
  if (form.url.startsWith(provider.issuer)) await hal.visit(form.url, { sub: 'hal' })
  expect((await api.ask('GET', '/api/me', { cookie: former })).status).toBe(401)
  // A later revocation has arrived, so an earlier one would have.
  const ivy = await signIn('ivy', ['reviewers'])
  await api.ask('POST', '/api/sign-out', { cookie: ivy.cookieHeader(api.url) })
  await eventually(async () => provider.revoked.includes('ivy'))
  expect(provider.revoked).not.toContain('hal')
  await minutesPass('hal', 16)
  expect((await me(hal)).json).toMatchObject({ subject: 'hal' })
})

describe('a refresh token that can’t be opened any more', () => {
  test('does not keep a person from signing out', async () => {
    const jan = await signIn('jan', ['reviewers'])
    await sessionsOf('jan')
      .set({ refresh_token: Buffer.alloc(40, 1) })
      .execute()
    const cookie = jan.cookieHeader(api.url)
    expect((await api.ask('POST', '/api/sign-out', { cookie })).status).toBe(200)
    expect((await api.ask('GET', '/api/me', { cookie })).status).toBe(401)
    expect(await actionsOf('jan')).toContainEqual({ action: 'sign-out', details: {} })
  })

  test('ends the session at the next check of the groups', async () => {
    const kim = await signIn('kim', ['reviewers'])
    await sessionsOf('kim')
      .set({ refresh_token: Buffer.alloc(5, 1) })
      .execute()
    await minutesPass('kim', 16)
    expect((await me(kim)).status).toBe(401)
  })
})
