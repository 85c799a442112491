// Sign-in by OpenID Connect: the code flow with PKCE, and access tokens of machine clients.
import { isIP } from 'node:net'
import { sql } from 'kysely'
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose'
import * as oidc from 'openid-client'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import { readSecret } from '../../secrets/secret.ts'
import { ReviewProblem } from '../problems.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import { personOfToken } from './access-token.ts'
import {
  hasSecondFactor,
  personOf,
  SignInRefused,
  type Claims,
  type Person,
  type SignInSettings,
} from './person.ts'
import { digestOf, type Rechecked } from './sessions.ts'

/** Seconds: from the click to the return of the browser. */
const SIGN_IN_SECONDS = 600
const PROVIDER_TIMEOUT_SECONDS = 10
const RECHECK_MINUTES = 15

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

export interface FinishedSignIn {
  readonly person: Person
  readonly returnTo: string
  /** Undefined: the provider gives none. */
  readonly refreshToken: string | undefined
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
  #hasWarned = false

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
  async finish(returned: URL, secret: string | undefined): Promise<FinishedSignIn> {
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
    const refreshToken = tokens.refresh_token
    if (refreshToken === undefined) this.#warnOfNoRefresh()
    return { person, returnTo: begun.return_to, refreshToken }
  }

  /** The machine client, or the person behind one, of an access token; undefined if the token is of no use here. */
  async ofToken(token: string): Promise<Person | undefined> {
    const { apiAudience, issuer } = this.#settings
    if (apiAudience === undefined) return undefined
    const { keys, metadata } = await this.#discovered().catch(() => {
      throw new ReviewProblem('unavailable', 'The identity provider cannot be reached')
    })
    const source = { issuer: metadata.issuer || issuer, audience: apiAudience, keys }
    return personOfToken(token, source, this.#settings).catch(() => undefined)
  }

  /** Milliseconds between two questions whether a person still has their groups. */
  get recheckEveryMs(): number {
    return (this.#settings.recheckMinutes ?? RECHECK_MINUTES) * 60_000
  }

  /** Undefined: the provider can't be asked now. The second factor is not asked for again: the sign-in had it. */
  async recheck(refreshToken: string, before: Person): Promise<Rechecked | undefined> {
    try {
      const config = this.#configuration(await this.#discovered())
      const tokens = await oidc.refreshTokenGrant(config, refreshToken)
      // An ID token is left out by some: then the provider says the same of the person at its endpoint for that.
      const claims: Claims =
        tokens.claims() ?? (await oidc.fetchUserInfo(config, tokens.access_token, before.subject))
      if (tokens.claims() === undefined && claims[this.#settings.groupsClaim] === undefined)
        throw new Error('Its answers name no groups')
      const person = personOf(claims, this.#settings)
      if (person.subject !== before.subject) return { ends: 'refused' }
      return { person, refreshToken: tokens.refresh_token ?? refreshToken }
    } catch (error) {
      if (error instanceof SignInRefused)
        return error.refusal === 'unavailable'
          ? undefined
          : { ends: error.refusal === 'no-role' ? 'no-role' : 'refused' }
      // The provider has an opinion: the grant was revoked, or is over.
      if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant')
        return { ends: 'refused' }
      this.#logger.warn(
        { why: errorSummary(error) },
        'The identity provider does not say whether a person still has their groups; asking again',
      )
      return undefined
    }
  }

  /**
   * Has the provider forget a refresh token and what it gave for it (RFC 7009), if it offers that. Never rejects: a person who signs
   * out is signed out here in any case.
   */
  async revoke(refreshToken: string): Promise<void> {
    try {
      const provider = await this.#discovered()
      if (provider.metadata.revocation_endpoint === undefined) return
      const hint = { token_type_hint: 'refresh_token' }
      await oidc.tokenRevocation(this.#configuration(provider), refreshToken, hint)
    } catch (error) {
      this.#logger.warn(
        { why: errorSummary(error) },
        'The identity provider did not revoke the refresh token of a session that has ended',
      )
    }
  }

  /** Where a browser ends its session at the provider, if the provider offers that. */
  async signOutUrl(backTo: URL): Promise<string | undefined> {
    const provider = await this.#discovered().catch(() => undefined)
    if (provider?.metadata.end_session_endpoint === undefined) return undefined
    const config = this.#configuration(provider)
    return oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: backTo.href }).href
  }

  #warnOfNoRefresh(): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#logger.warn(
      'The identity provider gives no refresh token: groups that a person loses count until the session ends. See review.signIn.recheckMinutes',
    )
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
