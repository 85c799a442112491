// Access tokens of platforms, by a real provider, and by an issuer of the test's own that does wrong.
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createTelemetry } from '../../../src/cli/match-service.ts'
import { AccessTokens, KeysOrTokens } from '../../../src/gateway/credentials/access-tokens.ts'
import { machineToken, startIdentityProvider } from '../../review/identity-provider.ts'

type Claims = Readonly<Record<string, unknown>>

const { logger } = createTelemetry('silent')
const AUDIENCE = 'https://reports.example.org'
const CALLER = { platform: 'example', credential: 'token:example' }
const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` }, address: '127.0.0.1' })

const settingsOf = (issuer: string, value: string) => ({
  issuer,
  audience: AUDIENCE,
  keysUrl: `${issuer}/jwks`,
  clients: [{ value, platform: 'example' }],
})

test('a token that a provider gives to a client lets its platform in, and no other client', async () => {
  await using provider = await startIdentityProvider({ people: {}, redirectUris: ['http://127.0.0.1/'] })
  const { issuer } = provider
  const token = await machineToken(issuer, AUDIENCE)
  const ask = (client: string, presented = withToken(token)): unknown =>
    new AccessTokens({ settings: settingsOf(issuer, client), logger }).authenticate(presented)
  expect(await ask('case-exporter')).toEqual(CALLER)
  expect(await ask('another-client')).toBe('not-permitted')
  expect(await ask('case-exporter', withToken(await machineToken(issuer, 'urn:other')))).toBe('not-permitted')
})

/** An issuer whose keys the test has. */
async function startIssuer() {
  let keys: readonly object[] = []
  let isAway = false
  const server = createServer((_, response) => {
    if (isAway) response.writeHead(500).end()
    else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  // A server on TCP has such an address.
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    issuer,
    away: (is: boolean) => {
      isAway = is
    },
    /** A new key takes the place of the one before. */
    rotate: async (kid: string) => {
      const { publicKey, privateKey } = await generateKeyPair('ES256')
      keys = [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256' }]
      return (claims: Claims = {}): Promise<string> => signed(privateKey, kid, { iss: issuer, ...claims })
    },
  }
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000)

const signed = (key: CryptoKey | Uint8Array, kid: string, claims: Claims, alg = 'ES256'): Promise<string> =>
  new SignJWT({ aud: AUDIENCE, exp: nowSeconds() + 300, client_id: 'client', ...claims })
    .setProtectedHeader({ alg, kid })
    .sign(key)

test('a token of another issuer, that has expired or never does, that is an ID token, or that is signed wrongly is refused', async () => {
  const own = await startIssuer()
  const sign = await own.rotate('one')
  const tokens = new AccessTokens({ settings: settingsOf(own.issuer, 'client'), logger })
  const ask = async (token: Promise<string> | string): Promise<unknown> =>
    tokens.authenticate(withToken(await token))
  expect(await ask(sign())).toEqual(CALLER)
  expect(await ask(sign({ exp: nowSeconds() - 10 })), 'within the tolerance').toEqual(CALLER)
  const { privateKey } = await generateKeyPair('ES256')
  const wrong = {
    issuer: sign({ iss: 'https://other.example.org' }),
    expired: sign({ exp: nowSeconds() - 60 }),
    future: sign({ nbf: nowSeconds() + 60 }),
    endless: sign({ exp: undefined }),
    idToken: sign({ nonce: 'n' }),
    client: sign({ client_id: ['client'] }),
    key: signed(privateKey, 'one', { iss: own.issuer }),
    unknownKey: signed(privateKey, 'two', { iss: own.issuer }),
    algorithm: signed(new Uint8Array(32), 'one', { iss: own.issuer }, 'HS256'),
    none: `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.AA`,
  }
  for (const [what, token] of Object.entries(wrong)) expect(await ask(token), what).toBe('not-permitted')
  const both = { headers: { ...withToken(await sign()).headers, 'x-api-key': 'k' }, address: '' }
  expect(await tokens.authenticate(both)).toBe('not-permitted')
})

test('keys that the issuer replaces are followed, and while they can’t be had no token is called wrong', async () => {
  const own = await startIssuer()
  own.away(true)
  const old = await own.rotate('one')
  const settings = settingsOf(own.issuer, 'client')
  const tokens = new AccessTokens({ settings, logger, cooldownMs: 0 })
  expect(await tokens.authenticate(withToken(await old()))).toBe('credentials-away')
  own.away(false)
  expect(await tokens.authenticate(withToken(await old()))).toEqual(CALLER)
  const young = await own.rotate('two')
  expect(await tokens.authenticate(withToken(await young()))).toEqual(CALLER)
  expect(await tokens.authenticate(withToken(await old()))).toBe('not-permitted')
  own.away(true)
  expect(await tokens.authenticate(withToken(await young()))).toEqual(CALLER)
})

test('a request is of a key or of a token, as it shows one', async () => {
  const keys = { authenticate: () => ({ platform: 'by-key', credential: 'k' }) }
  const tokens = { authenticate: () => ({ platform: 'by-token', credential: 't' }) }
  const both = new KeysOrTokens(keys, tokens)
  expect(await both.authenticate(withToken('a.b.c'))).toMatchObject({ platform: 'by-token' })
  expect(await both.authenticate(withToken('hw_abc'))).toMatchObject({ platform: 'by-key' })
})

test('keys of an issuer that would come in the open are refused at the start', () => {
  const settings = settingsOf('http://login.example.org', 'client')
  expect(() => new AccessTokens({ settings, logger })).toThrow('https')
})
