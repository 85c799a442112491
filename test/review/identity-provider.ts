// A real OpenID Connect provider on loopback, with people and their groups, for tests of the sign-in.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export const CLIENT_ID = 'hashwarden-review'
export const CLIENT_SECRET = 'a-secret-of-tests-that-is-long-enough'

interface ProviderPerson {
  readonly name: string
  readonly groups: readonly string[]
  /** How they signed in, as the ID token says it. */
  readonly amr?: readonly string[]
  readonly acr?: string
}

export interface IdentityProviderOptions {
  /** By their `sub`. */
  readonly people: Readonly<Record<string, ProviderPerson>>
  /** Where it may send browsers back to, and after they have signed out. */
  readonly redirectUris: readonly string[]
  readonly signedOutUris?: readonly string[]
  /** Groups of the machine client, in its access tokens. */
  readonly machineGroups?: readonly string[]
  /** Left out: it does. */
  readonly givesRefreshTokens?: boolean
}

/** Signs in by itself, for access tokens (JWT) of any audience: see machineToken. */
const MACHINE_ID = 'case-exporter'
const MACHINE_SECRET = 'another-secret-of-tests-that-is-long-enough'

export interface TestProvider extends AsyncDisposable {
  readonly issuer: string
  /** The people whose refresh tokens it was told to forget, in order. */
  readonly revoked: readonly string[]
}

/** A server on a free port: the issuer's address has to be known before the provider is made. */
async function listening(): Promise<{ server: Server; origin: string }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server on TCP has such an address.
  const { port } = server.address() as AddressInfo
  return { server, origin: `http://127.0.0.1:${port}` }
}

export async function startIdentityProvider(options: IdentityProviderOptions): Promise<TestProvider> {
  const { server, origin } = await listening()
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [...options.redirectUris],
        grant_types: ['authorization_code', 'refresh_token'],
        post_logout_redirect_uris: [...(options.signedOutUris ?? [])],
      },
      {
        client_id: MACHINE_ID,
        client_secret: MACHINE_SECRET,
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      },
    ],
    claims: { openid: ['sub', 'acr', 'amr'], profile: ['name', 'groups'] },
    // The ID token holds the groups itself.
    conformIdTokenClaims: false,
    issueRefreshToken: () => Promise.resolve(options.givesRefreshTokens ?? true),
    rotateRefreshToken: true,
    extraTokenClaims: (_, token) =>
      token.kind === 'ClientCredentials'
        ? { sub: MACHINE_ID, groups: [...(options.machineGroups ?? [])] }
        : undefined,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, audience) => ({ scope: '', audience, accessTokenFormat: 'jwt' }),
      },
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['a key of tests'] },
    findAccount: (_, sub) => {
      const person = options.people[sub]
      if (!person) return undefined
      return { accountId: sub, claims: () => ({ sub, name: person.name, groups: [...person.groups] }) }
    },
  })
  const revoked: string[] = []
  provider.on('refresh_token.destroyed', ({ accountId }) => void revoked.push(accountId))
  const callback = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.startsWith('/interaction/')) {
      void callback(request, response)
      return
    }
    interact(provider, options, { request, response }).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  return {
    issuer: origin,
    revoked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** An access token of the machine client for this audience. */
export async function machineToken(issuer: string, audience: string): Promise<string> {
  const answer = await fetch(new URL('/token', issuer), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${MACHINE_ID}:${MACHINE_SECRET}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
  })
  // The provider's answer, as the standard has it.
  const { access_token: token } = (await answer.json()) as { readonly access_token: string }
  return token
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Asks who somebody is; consent needs no question. */
async function interact(
  provider: Provider,
  { people }: IdentityProviderOptions,
  { request, response }: Exchange,
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (prompt.name === 'consent') {
    const grant = new provider.Grant({ accountId: session?.accountId, clientId: String(params['client_id']) })
    grant.addOIDCScope(String(params['scope']))
    const grantId = await grant.save()
    await provider.interactionFinished(request, response, { consent: { grantId } })
    return
  }
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(`<!doctype html><html lang="en"><title>Test provider</title><h1>Who are you?</h1>
      <form method="post"><label>Name <input name="sub"></label><button>Sign in</button></form>`)
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const sub = new URLSearchParams(Buffer.concat(chunks).toString()).get('sub') ?? ''
  const person = people[sub]
  await provider.interactionFinished(request, response, {
    login: {
      accountId: sub,
      ...(person?.amr ? { amr: [...person.amr] } : {}),
      ...(person?.acr ? { acr: person.acr } : {}),
    },
  })
}
