// Access tokens (JWT) of OAuth2 client credentials: an issuer vouches for a client, and the settings say whose platform it is.
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { CLOCK_TOLERANCE_SECONDS, isAccessToken, TOKEN_ALGORITHMS } from '../../http/access-token-rules.ts'
import type { TokenSettings } from '../../settings/gateway-settings.ts'
import { LOOPBACK } from '../../settings/listener-tls.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { GatewaySettingsError } from '../gateway-settings-error.ts'
import type { Caller, CredentialRefusal, Credentials, Presented } from './credentials.ts'

const KEYS_WITHIN_MS = 5_000
/** A token by an unknown key makes this process ask for the issuer's keys, at most this often, in milliseconds. */
const COOLDOWN_MS = 30_000
const KEYS_KEPT_MS = 600_000
const TOKEN_MAX_CHARS = 6_000
const JWT = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i
const CLAIM = 'client_id'

/** The issuer's keys can't be had: that says nothing of the token. */
class KeysAwayError extends Error {
  override readonly name = 'KeysAwayError'
}

export interface AccessTokensOptions {
  readonly settings: TokenSettings
  readonly logger: Logger
  readonly cooldownMs?: number
}

export class AccessTokens implements Credentials {
  readonly #settings: TokenSettings
  readonly #platforms: ReadonlyMap<string, string>
  readonly #keys: JWTVerifyGetKey
  readonly #away: StateLog

  /** @throws GatewaySettingsError */
  constructor({ settings, logger, cooldownMs = COOLDOWN_MS }: AccessTokensOptions) {
    const url = new URL(settings.keysUrl)
    if (url.protocol !== 'https:' && !LOOPBACK.has(url.hostname))
      throw new GatewaySettingsError(
        'gateway.credentials.tokens.keysUrl has to be an https address, or a loopback one: who alters the keys on the way could report as anybody',
      )
    this.#settings = settings
    this.#platforms = new Map(settings.clients.map(({ value, platform }) => [value, platform]))
    this.#away = new StateLog({
      logger,
      level: 'error',
      begins:
        'The keys of the issuer of access tokens can’t be had: requests with tokens are answered with 503',
      ends: 'The keys of the issuer of access tokens are there again',
    })
    const remote = createRemoteJWKSet(url, {
      timeoutDuration: KEYS_WITHIN_MS,
      cooldownDuration: cooldownMs,
      cacheMaxAge: KEYS_KEPT_MS,
    })
    this.#keys = async (header, token) => {
      try {
        const key = await remote(header, token)
        this.#away.leave('keys')
        return key
      } catch (error) {
        if (isOfToken(error)) throw error
        this.#away.enter('keys', errorSummary(error))
        throw new KeysAwayError()
      }
    }
  }

  async authenticate({ headers }: Presented): Promise<Caller | CredentialRefusal> {
    const token = tokenOf(headers)
    if (token === undefined || token.length > TOKEN_MAX_CHARS) return 'not-permitted'
    const { issuer, audience } = this.#settings
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer,
        audience,
        algorithms: TOKEN_ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp'],
      })
      const platform = isAccessToken(payload) ? this.#platformOf(payload) : undefined
      return platform === undefined ? 'not-permitted' : { platform, credential: `token:${platform}` }
    } catch (error) {
      return error instanceof KeysAwayError ? 'credentials-away' : 'not-permitted'
    }
  }

  #platformOf(claims: JWTPayload): string | undefined {
    const value = claims[this.#settings.claim ?? CLAIM]
    return typeof value === 'string' ? this.#platforms.get(value) : undefined
  }
}

/** The keys are there, and none of them is the token's. */
const isOfToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported

/** With a key beside it, a request could be of two platforms. */
const tokenOf = ({ authorization, 'x-api-key': key }: Presented['headers']): string | undefined =>
  key === undefined ? JWT.exec(authorization ?? '')?.[1] : undefined

/** Takes either. */
export class KeysOrTokens implements Credentials {
  readonly #keys: Credentials
  readonly #tokens: Credentials

  constructor(keys: Credentials, tokens: Credentials) {
    this.#keys = keys
    this.#tokens = tokens
  }

  authenticate(presented: Presented): ReturnType<Credentials['authenticate']> {
    const isToken = tokenOf(presented.headers) !== undefined
    return (isToken ? this.#tokens : this.#keys).authenticate(presented)
  }
}
