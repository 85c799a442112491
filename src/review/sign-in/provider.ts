// Sign-in by OpenID Connect: the code flow with PKCE, and access tokens of machine clients.
import { isIP } from 'node:net'
import { sql } from 'kysely'
import { createRemoteJWKSet, jwtVerify, type JWTVerifyGetKey } from 'jose'
import * as oidc from 'openid-client'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import { readSecret } from '../../secrets/secret.ts'
import { ReviewProblem } from '../problems.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import {
  hasSecondFactor,
  personOf,
  SignInRefused,
  type Claims,
  type Person,
  type SignInSettings,
} from './person.ts'
import { digestOf } from './sessions.ts'

/** Seconds: from the click to the return of the browser. */
const SIGN_IN_SECONDS = 600
const PROVIDER_TIMEOUT_SECONDS = 10
/** Signatures that the holder of a public key can't make. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]
const CLOCK_TOLERANCE_SECONDS = 30

export interface IdentityProviderOptions {
  readonly settings: SignInSettings
  readonly db: ReviewDatabase
  readonly logger: Logger
}

/** A sign-in that has begun: the browser goes to `url` and holds `secret` in a cookie until it returns. */
export interface BegunSignIn {
  readonly url: URL
  readonly secret: string
}

interface Provider {
  readonly metadata: oidc.ServerMetadata
  readonly keys: JWTVerifyGetKey
}

export class IdentityProvider {
  readonly #settings: SignInSettings
  readonly #db: ReviewDatabase
  readonly #logger: Logger
  #provider: Promise<Provider> | undefined

  constructor({ settings, db, logger }: IdentityProviderOptions) {
    this.#settings = settings
    this.#db = db
    this.#logger = logger
  }

  /** Throws SignInRefused if the provider can't be reached. */
  async begin(returnTo: string, callback: URL): Promise<BegunSignIn> {
    const config = this.#configuration(await this.#discovered())
    const secret = oidc.randomState()
    const nonce = oidc.randomNonce()
    const verifier = oidc.randomPKCECodeVerifier()
    await this.#db
      .insertInto('sign_ins')
      .values({
        state_hash: digestOf(secret),
        nonce,
        verifier,
        return_to: returnTo,
        ends_at: sql<Date>`now() + make_interval(secs => ${SIGN_IN_SECONDS})`,
      })
      .execute()
    const { scope = 'openid profile', secondFactor } = this.#settings
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: callback.href,
      scope,
      state: secret,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(secondFactor?.acr ? { acr_values: secondFactor.acr.join(' ') } : {}),
    })
    return { url, secret }
  }

  /**
   * Finishes the sign-in that `secret`, of the browser's cookie, began. `returned` is the address that the provider sent the
   * browser to. Each can be finished once. Throws SignInRefused.
   */
  async finish(
    returned: URL,
    secret: string | undefined,
  ): Promise<{ readonly person: Person; readonly returnTo: string }> {
    const begun = secret === undefined ? undefined : await this.#take(secret)
    if (secret === undefined || !begun) throw new SignInRefused('expired')
    const config = this.#configuration(await this.#discovered())
    const checks = {
      pkceCodeVerifier: begun.verifier,
      expectedState: secret,
      expectedNonce: begun.nonce,
      idTokenExpected: true,
    }
    const tokens = await oidc.authorizationCodeGrant(config, returned, checks).catch((error: unknown) => {
      throw refusalOf(error)
    })
    const claims: Claims = tokens.claims() ?? {}
    const person = personOf(claims, this.#settings)
    if (!hasSecondFactor(claims, this.#settings)) throw new SignInRefused('second-factor')
    return { person, returnTo: begun.return_to }
  }

  /** The machine client, or the person behind one, of an access token; undefined if the token is of no use here. */
  async ofToken(token: string): Promise<Person | undefined> {
    const { apiAudience, issuer } = this.#settings
    if (apiAudience === undefined) return undefined
    const { keys, metadata } = await this.#discovered().catch(() => {
      throw new ReviewProblem('unavailable', 'The identity provider cannot be reached')
    })
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: metadata.issuer || issuer,
        audience: apiAudience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
      })
      if (!isOfClientItself(payload) && !hasSecondFactor(payload, this.#settings)) return undefined
      return personOf(payload, this.#settings)
    } catch {
      return undefined
    }
  }

  /** Where a browser ends its session at the provider, if the provider offers that. */
  async signOutUrl(backTo: URL): Promise<string | undefined> {
    const provider = await this.#discovered().catch(() => undefined)
    if (provider?.metadata.end_session_endpoint === undefined) return undefined
    const config = this.#configuration(provider)
    return oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: backTo.href }).href
  }

  /** Takes a sign-in out of the store: undefined if it is unknown, was finished or is too old. */
  #take(secret: string) {
    return this.#db
      .deleteFrom('sign_ins')
      .where('state_hash', '=', digestOf(secret))
      .where('ends_at', '>', sql<Date>`now()`)
      .returning(['nonce', 'verifier', 'return_to'])
      .executeTakeFirst()
  }

  /** What the provider says of itself: asked until it answers, then kept. */
  async #discovered(): Promise<Provider> {
    this.#provider ??= this.#discover()
    try {
      return await this.#provider
    } catch (error) {
      this.#provider = undefined
      this.#logger.warn(
        { why: errorSummary(error) },
        'The identity provider cannot be reached or is not as it should be',
      )
      throw new SignInRefused('unavailable', undefined, { cause: error })
    }
  }

  async #discover(): Promise<Provider> {
    const { issuer, clientId } = this.#settings
    const options = { execute: insecureIfLoopback(issuer), timeout: PROVIDER_TIMEOUT_SECONDS }
    const config = await oidc.discovery(new URL(issuer), clientId, undefined, oidc.None(), options)
    const metadata = config.serverMetadata()
    if (metadata.jwks_uri === undefined) throw new Error('Its metadata has no jwks_uri')
    return { metadata, keys: createRemoteJWKSet(new URL(metadata.jwks_uri)) }
  }

  /** With the client's secret as it is now: its file may change. */
  #configuration({ metadata }: Provider): oidc.Configuration {
    const { issuer, clientId, clientSecret } = this.#settings
    const authentication = clientSecret
      ? oidc.ClientSecretBasic(readSecret(clientSecret, 'review.signIn.clientSecret'))
      : oidc.None()
    const config = new oidc.Configuration(metadata, clientId, undefined, authentication)
    config.timeout = PROVIDER_TIMEOUT_SECONDS
    // TLS vouches for the ID token, but not where a proxy ends it: so its signature is checked, too.
    oidc.enableNonRepudiationChecks(config)
    for (const change of insecureIfLoopback(issuer)) change(config)
    return config
  }
}

/** By client credentials: no person has signed in, so there is no second factor. */
const isOfClientItself = ({ sub, client_id: clientId, azp }: Claims): boolean => sub === (clientId ?? azp)

/** On loopback there is no network that TLS would protect. */
function insecureIfLoopback(issuer: string): ((config: oidc.Configuration) => void)[] {
  const { hostname } = new URL(issuer)
  const isLoopback =
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  // oxlint-disable-next-line typescript/no-deprecated -- it is marked so to be noticed
  return isLoopback ? [oidc.allowInsecureRequests] : []
}

function refusalOf(error: unknown): SignInRefused {
  const isTimeout = error instanceof Error && (error.name === 'TimeoutError' || error instanceof TypeError)
  return new SignInRefused(isTimeout ? 'unavailable' : 'failed', errorSummary(error), { cause: error })
}
