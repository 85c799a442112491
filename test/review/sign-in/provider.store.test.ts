// Signing in by a real OpenID Connect provider: who gets in, who does not, and what a stranger can't do with the way there.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../../src/cli/local/broker-address.ts'
import { SESSION_COOKIE } from '../../../src/review/api/identity.ts'
import { SIGN_IN_COOKIE } from '../../../src/review/api/sign-in-cookies.ts'
import type { ReviewSettings } from '../../../src/settings/review-settings.ts'
import { openReviewApi, type ReviewApi } from '../api/review-api.ts'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  machineToken,
  startIdentityProvider,
  type TestProvider,
} from '../identity-provider.ts'
import { startKeyServer } from './key-server.ts'
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

/** A sign-in that this browser has begun in a window of its own: the address at the provider that the window goes to. */
async function beginIn(visitor: Visitor, page: string): Promise<string> {
  const path = `/sign-in/provider?return=${encodeURIComponent(page)}`
  const { headers } = await api.ask('GET', path, { cookie: visitor.cookieHeader(api.url) })
  visitor.keep(api.url, headers.getSetCookie())
  return headers.get('location') ?? ''
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
    expect(visitor.cookieHeader(api.url)).not.toContain(SIGN_IN_COOKIE)
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
    expect((await busy.visit(callback)).url).toBe(`${api.url}/sign-in?refused=expired`)
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
    expect((await state.visit(url.href)).url).toBe(`${api.url}/sign-in?refused=expired`)
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

  test('works in two windows of one browser at once, in any order', async () => {
    const visitor = new Visitor()
    const [first, second] = [await beginIn(visitor, '/cases/1'), await beginIn(visitor, '/cases/2')]
    const { url: form } = await visitor.visit(second)
    expect((await visitor.visit(form, { sub: 'ada' })).url).toBe(`${api.url}/cases/2`)
    // The provider knows the person by now, and asks nothing.
    expect((await visitor.visit(first)).url).toBe(`${api.url}/cases/1`)
    expect((await me(visitor)).status).toBe(200)
    expect(visitor.cookieHeader(api.url)).not.toContain(SIGN_IN_COOKIE)
  })

  test('that is begun again and again leaves five cookies at most', async () => {
    const visitor = new Visitor()
    for (let n = 0; n < 8; n += 1) await beginIn(visitor, '/')
    const names = [...visitor.cookies(api.url).keys()]
    expect(names.filter((name) => name.startsWith(SIGN_IN_COOKIE))).toHaveLength(5)
    expect((await signIn(visitor, 'ada')).url).toBe(`${api.url}/cases/7`)
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

const statusOf = async (other: ReviewApi, token: string): Promise<number> =>
  (await other.ask('GET', '/api/me', { headers: { authorization: `Bearer ${token}` } })).status
const now = (): number => Math.floor(Date.now() / 1_000)

describe('a token', () => {
  const claims = { groups: ['reviewers'], sub: 'ada', client_id: 'a-client', amr: ['otp'] }
  /** Signed as the provider does. */
  const ofProvider = async (more: Record<string, unknown>, typ: string | undefined): Promise<string> => {
    const { keys } = await signingKeys
    return new SignJWT({ iss: keys.issuer, aud: AUDIENCE, exp: now() + 600, ...claims, ...more })
      .setProtectedHeader({ alg: 'ES256', kid: 'k', ...(typ === undefined ? {} : { typ }) })
      .sign(keys.privateKey)
  }
  const signingKeys = startKeyServer()
  afterAll(async () => (await signingKeys).close())
  const openFor = async (changes: Partial<typeof settings> = {}): Promise<ReviewApi> =>
    openReviewApi({ signIn: { ...settings, issuer: (await signingKeys).keys.issuer, ...changes } })

  test('of the type at+jwt is served, and one of another type or none is not', async () => {
    await using other = await openFor()
    for (const typ of ['at+jwt', 'application/at+jwt', 'AT+JWT'])
      expect(await statusOf(other, await ofProvider({}, typ)), typ).toBe(200)
    for (const typ of ['JWT', 'logout+jwt', 'dpop+jwt', undefined])
      expect(await statusOf(other, await ofProvider({}, typ)), String(typ)).toBe(401)
  })

  test('of the type JWT is served where the settings say so, and an ID token or a refresh token never is', async () => {
    await using other = await openFor({ apiTokenType: 'JWT' })
    for (const more of [{}, { typ: 'Bearer' }])
      expect(await statusOf(other, await ofProvider(more, 'JWT')), JSON.stringify(more)).toBe(200)
    const wrong = [
      { typ: 'ID' },
      { typ: 'Refresh' },
      { typ: 1 },
      { nonce: 'n' },
      { at_hash: 'h' },
      { aud: CLIENT_ID },
    ]
    for (const more of wrong)
      expect(await statusOf(other, await ofProvider(more, 'JWT')), JSON.stringify(more)).toBe(401)
    expect(await statusOf(other, await ofProvider({}, 'at+jwt'))).toBe(401)
  })

  test.each([
    ['of another issuer', { iss: 'https://other.example' }],
    ['for another audience', { aud: ['https://other.example'] }],
    ['that is over', { exp: now() - 120 }],
    ['that never ends', { exp: undefined }],
    ['that begins later', { nbf: now() + 3_600 }],
    ['without a subject', { sub: undefined }],
  ])('%s is refused', async (_what, more) => {
    await using other = await openFor()
    expect(await statusOf(other, await ofProvider(more, 'at+jwt'))).toBe(401)
  })

  test('of a service needs no second factor, if the settings name its client; one of a person does', async () => {
    const service = { sub: 'service-account-1', client_id: 'exporter', amr: undefined }
    await using listed = await openFor({ serviceClients: ['exporter'] })
    expect(await statusOf(listed, await ofProvider(service, 'at+jwt'))).toBe(200)
    expect(await statusOf(listed, await ofProvider({ amr: ['pwd'] }, 'at+jwt'))).toBe(401)
    await using unlisted = await openFor()
    expect(await statusOf(unlisted, await ofProvider(service, 'at+jwt'))).toBe(401)
    expect(await statusOf(unlisted, await ofProvider({ ...service, sub: 'exporter' }, 'at+jwt'))).toBe(200)
  })

  test('can’t be for the audience of ID tokens', async () => {
    await expect(openFor({ apiAudience: CLIENT_ID })).rejects.toThrow('review.signIn.apiAudience')
  })
})

test('the log of all this has no token, no code and no person', () => {
  const log = api.log.join('')
  expect(log).toContain('A sign-in was refused')
  expect(log).not.toMatch(/eyJ|code=|ada|cleo/i)
})
