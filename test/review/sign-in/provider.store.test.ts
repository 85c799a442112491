// Signing in by a real OpenID Connect provider: who gets in, who does not, and what a stranger can't do with the way there.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../../src/cli/local/broker-address.ts'
import { SESSION_COOKIE, SIGN_IN_COOKIE } from '../../../src/review/api/identity.ts'
import type { ReviewSettings } from '../../../src/settings/review-settings.ts'
import { openReviewApi, type ReviewApi } from '../api/review-api.ts'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  machineToken,
  startIdentityProvider,
  type TestProvider,
} from '../identity-provider.ts'
import { Visitor, type Visit } from './visitor.ts'

const AUDIENCE = 'https://review.example.org/api'
const SECRET_VARIABLE = `TEST_OIDC_SECRET_${randomUUID()}`
const PEOPLE = {
  ada: { name: 'Ada', groups: ['reviewers', 'others'], amr: ['pwd', 'otp'] },
  ben: { name: 'Ben', groups: ['reviewers'], amr: ['pwd'] },
  cleo: { name: 'Cleo', groups: ['cleaners'], amr: ['otp'] },
}

let provider: TestProvider
let api: ReviewApi
let settings: NonNullable<ReviewSettings['signIn']>
beforeAll(async () => {
  process.env[SECRET_VARIABLE] = CLIENT_SECRET
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  provider = await startIdentityProvider({
    people: PEOPLE,
    redirectUris: [`${url}/sign-in/callback`],
    signedOutUris: [`${url}/sign-in`],
    machineGroups: ['exporters'],
  })
  settings = {
    issuer: provider.issuer,
    clientId: CLIENT_ID,
    clientSecret: { variable: SECRET_VARIABLE },
    groupsClaim: 'groups',
    apiAudience: AUDIENCE,
    roles: { reviewer: ['reviewers'], auditor: ['exporters'] },
    secondFactor: { amr: ['otp'] },
  }
  api = await openReviewApi({ port, signIn: settings })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
  delete process.env[SECRET_VARIABLE]
})

/** From the first click to the page after the sign-in. */
async function signIn(visitor: Visitor, sub: string, returnTo = '/cases/7'): Promise<Visit> {
  const form = await visitor.visit(`${api.url}/sign-in/provider?return=${encodeURIComponent(returnTo)}`)
  return form.url.startsWith(provider.issuer) ? visitor.visit(form.url, { sub }) : form
}

const me = (visitor: Visitor) => api.ask('GET', '/api/me', { cookie: visitor.cookieHeader(api.url) })

/** The address that the provider sends the browser back to, which does not go there. */
async function callbackOf(visitor: Visitor): Promise<string> {
  const form = await visitor.visit(`${api.url}/sign-in/provider?return=/`)
  // Another browser answers the provider: it lacks the cookie of the sign-in, so its return changes nothing.
  const other = new Visitor()
  for (const [name, value] of visitor.cookies(provider.issuer))
    other.cookies(provider.issuer).set(name, value)
  const { way } = await other.visit(form.url, { sub: 'ada' })
  return way.find((address) => address.startsWith(`${api.url}/sign-in/callback`)) ?? ''
}

const withToken = (token: string) =>
  api.ask('GET', '/api/me', { headers: { authorization: `Bearer ${token}` } })

describe('a person with a role', () => {
  test('gets in, to the page that was asked for, with the roles of its groups', async () => {
    const visitor = new Visitor()
    const { url } = await signIn(visitor, 'ada')
    expect(url).toBe(`${api.url}/cases/7`)
    const { json } = await me(visitor)
    expect(json).toMatchObject({ subject: 'ada', name: 'Ada', roles: ['reviewer'], isDevelopment: false })
    expect(visitor.cookies(api.url).has(SIGN_IN_COOKIE)).toBe(false)
  })

  test.each([
    'https://other.example/',
    '//other.example',
    '/\\other.example',
    '/.//other.example',
    '/api/sign-out',
  ])('is not led to %s afterwards', async (returnTo) => {
    const { url, way } = await signIn(new Visitor(), 'ada', returnTo)
    expect(url).toBe(`${api.url}/`)
    expect(
      way.filter((address) => !address.startsWith(api.url) && !address.startsWith(provider.issuer)),
    ).toEqual([])
  })

  test('signs out here and at the provider, and the cookie of before opens nothing', async () => {
    const visitor = new Visitor()
    await signIn(visitor, 'ada')
    const cookie = visitor.cookieHeader(api.url)
    const { json } = await api.ask('POST', '/api/sign-out', { cookie })
    const next = new URL(String(Reflect.get(Object(json), 'next')))
    expect(next.origin).toBe(provider.issuer)
    expect(next.searchParams.get('post_logout_redirect_uri')).toBe(`${api.url}/sign-in`)
    expect((await me(visitor)).status).toBe(401)
  })

  test('leaves a trace in the audit, and no token in the store', async () => {
    await signIn(new Visitor(), 'ada')
    const entries = await api.store.owner.selectFrom('audit_entries').select('entry').execute()
    expect(entries.map(({ entry }) => entry)).toContainEqual(
      expect.stringMatching(/"action":"sign-in","actor":"ada"/),
    )
    const sessions = await api.store.owner.selectFrom('sessions').selectAll().execute()
    expect(JSON.stringify(sessions)).not.toMatch(/eyJ/)
  })
})

describe('a person is refused', () => {
  test.each([
    ['without a role here', 'cleo', 'no-role'],
    ['without the second factor', 'ben', 'second-factor'],
  ])('%s', async (_what, sub, refusal) => {
    const visitor = new Visitor()
    const { url } = await signIn(visitor, sub)
    expect(url).toBe(`${api.url}/sign-in?refused=${refusal}`)
    expect(visitor.cookies(api.url).has(SESSION_COOKIE)).toBe(false)
    expect((await me(visitor)).status).toBe(401)
  })
})

describe('the way back from the provider', () => {
  test('is of no use in another browser: nobody can be signed in as a stranger', async () => {
    const attacker = new Visitor()
    const callback = await callbackOf(attacker)
    const victim = new Visitor()
    const { url } = await victim.visit(callback)
    expect(url).toBe(`${api.url}/sign-in?refused=expired`)
    expect(victim.cookies(api.url).has(SESSION_COOKIE)).toBe(false)
    // Not even if the other browser has begun a sign-in of its own.
    const busy = new Visitor()
    await busy.visit(`${api.url}/sign-in/provider?return=/`)
    expect((await busy.visit(callback)).url).toBe(`${api.url}/sign-in?refused=failed`)
  })

  test('can be used once', async () => {
    const visitor = new Visitor()
    const callback = await callbackOf(visitor)
    const again = new Map(visitor.cookies(api.url))
    expect((await visitor.visit(callback)).url).toBe(`${api.url}/`)
    expect((await me(visitor)).status).toBe(200)
    const second = new Visitor()
    for (const [name, value] of again) second.cookies(api.url).set(name, value)
    expect((await second.visit(callback)).url).toBe(`${api.url}/sign-in?refused=expired`)
  })

  test('with another state or code is refused', async () => {
    const state = new Visitor()
    const url = new URL(await callbackOf(state))
    url.searchParams.set('state', 'another')
    expect((await state.visit(url.href)).url).toBe(`${api.url}/sign-in?refused=failed`)
    const code = new Visitor()
    const other = new URL(await callbackOf(code))
    other.searchParams.set('code', 'another')
    expect((await code.visit(other.href)).url).toBe(`${api.url}/sign-in?refused=failed`)
  })

  test('after ten minutes is refused', async () => {
    const visitor = new Visitor()
    const callback = await callbackOf(visitor)
    await api.store.owner
      .updateTable('sign_ins')
      .set({ ends_at: new Date(Date.now() - 1_000) })
      .execute()
    expect((await visitor.visit(callback)).url).toBe(`${api.url}/sign-in?refused=expired`)
  })

  test('gives a new session, whatever cookie the browser had', async () => {
    const planted = await api.signIn('auditor')
    const visitor = new Visitor()
    visitor.cookies(api.url).set(SESSION_COOKIE, planted.slice(SESSION_COOKIE.length + 1))
    await signIn(visitor, 'ada')
    expect(visitor.cookieHeader(api.url)).not.toContain(planted)
    expect((await api.ask('GET', '/api/me', { cookie: planted })).status).toBe(401)
  })
})

describe('the way to the provider', () => {
  test('has PKCE, a state and a nonce, each time others', async () => {
    const addresses = await Promise.all(
      [1, 2].map(async () => {
        const { headers } = await api.ask('GET', '/sign-in/provider?return=/')
        return new URL(headers.get('location') ?? '').searchParams
      }),
    )
    for (const asked of addresses) {
      expect(asked.get('response_type')).toBe('code')
      expect(asked.get('code_challenge_method')).toBe('S256')
      expect(asked.get('redirect_uri')).toBe(`${api.url}/sign-in/callback`)
    }
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(new Set(addresses.map((asked) => asked.get(name)?.slice(0, 43))).size, name).toBe(2)
  })

  test('there is no development sign-in beside a provider', async () => {
    expect((await api.ask('GET', '/api/sign-in-options')).json).toEqual({ provider: true, development: [] })
    const body = { name: 'Ada', role: 'supervisor' }
    expect((await api.ask('POST', '/sign-in/development', { body })).status).toBe(404)
  })

  test('says that the provider is away, and works when it is back', async () => {
    await using away = await openReviewApi({ signIn: { ...settings, issuer: 'http://127.0.0.1:1' } })
    const { status, headers } = await away.ask('GET', '/sign-in/provider')
    expect([status, headers.get('location')]).toEqual([303, '/sign-in?refused=unavailable'])
    expect(away.log.join('')).toContain('The identity provider')
  })
})

describe('a machine client', () => {
  test('uses the API by an access token of the provider, without a cookie', async () => {
    const { status, json, headers } = await withToken(await machineToken(provider.issuer, AUDIENCE))
    expect([status, json]).toEqual([
      200,
      expect.objectContaining({ subject: 'case-exporter', roles: ['auditor'] }),
    ])
    expect(headers.get('set-cookie')).toBe(null)
    expect(Reflect.has(Object(json), 'sessionEndsAt')).toBe(false)
  })

  test('with a token for another audience is refused', async () => {
    const { status, headers } = await withToken(
      await machineToken(provider.issuer, 'https://other.example.org'),
    )
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  })

  test('with a token that somebody else signed, or nobody, is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const claims = { groups: ['reviewers'], sub: 'ada', client_id: 'ada' }
    const own = new SignJWT(claims).setIssuer(provider.issuer).setAudience(AUDIENCE).setExpirationTime('1h')
    const forged = await own.setProtectedHeader({ alg: 'RS256', kid: 'keystore-CHANGE-ME' }).sign(privateKey)
    const [, payload = ''] = forged.split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    for (const token of [forged, `${header}.${payload}.`, 'x', '', 'a.b.c'])
      expect((await withToken(token)).status).toBe(401)
  })

  test('with a token that is not valid is not let in by a cookie', async () => {
    const cookie = await api.signIn('auditor')
    const headers = { authorization: 'Bearer x' }
    expect((await api.ask('GET', '/api/me', { cookie, headers })).status).toBe(401)
  })

  test('is asked to try again while the provider is away', async () => {
    const issuer = 'http://127.0.0.1:1'
    await using other = await openReviewApi({ signIn: { ...settings, issuer } })
    const { status } = await other.ask('GET', '/api/me', { headers: { authorization: 'Bearer a.b.c' } })
    expect(status).toBe(503)
  })

  test('is not served where the settings name no audience', async () => {
    const { apiAudience: _none, ...without } = settings
    await using other = await openReviewApi({ signIn: without })
    const headers = { authorization: `Bearer ${await machineToken(provider.issuer, AUDIENCE)}` }
    expect((await other.ask('GET', '/api/me', { headers })).status).toBe(401)
  })
})

test('the log of all this has no token, no code and no person', () => {
  const log = api.log.join('')
  expect(log).toContain('A sign-in was refused')
  expect(log).not.toMatch(/eyJ|code=|ada|cleo/i)
})
