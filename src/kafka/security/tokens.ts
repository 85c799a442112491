// Bearer tokens, from a file or a token endpoint.
import { errorSummary } from '../../telemetry/error-summary.ts'
import { readSecret } from '../../secrets/secret.ts'
import type { TokenEndpoint, TokenIdentity } from './kafka-connection.ts'

/** The whole answer must come within this time, in milliseconds. */
const ANSWER_MS = 5_000
/** A token takes a few kilobytes. More than this isn't read. */
const ANSWER_BYTES = 1024 * 1024
/** A token is used for this part of its life, so that a wrong clock or a slow sign-in does no harm. */
const USED_PART_OF_LIFE = 0.8

/** A source of bearer tokens. */
export interface Tokens {
  current(): Promise<string>
  /** The last token was refused: get another one. */
  forget(): void
}

/** The endpoint gave no token. `isRefusal`: a retry does not help. */
export class TokenEndpointError extends Error {
  readonly code = 'TOKEN_ENDPOINT'
  override readonly name = 'TokenEndpointError'
  readonly isRefusal: boolean

  // Without a cause: kafkajs passes on only the innermost error, which must be this one.
  constructor(message: string, isRefusal: boolean) {
    super(message)
    this.isRefusal = isRefusal
  }
}

export function tokensOf({ token, tokenEndpoint }: TokenIdentity): Tokens {
  if (tokenEndpoint) return new EndpointTokens(tokenEndpoint)
  const place = token ?? {}
  // Read for every sign-in: another program renews the token in the file.
  return { current: async () => readSecret(place, 'kafka.sasl.token'), forget: () => {} }
}

/** Gets tokens by client credentials (RFC 6749, section 4.4), and uses each for most of its life. */
class EndpointTokens implements Tokens {
  readonly #endpoint: TokenEndpoint
  #kept: { readonly token: string; readonly useUntilMs: number } | undefined
  #asking: Promise<string> | undefined

  constructor(endpoint: TokenEndpoint) {
    this.#endpoint = endpoint
  }

  async current(): Promise<string> {
    if (this.#kept && Date.now() < this.#kept.useUntilMs) return this.#kept.token
    // Connections that are made at the same time share one request.
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  forget(): void {
    this.#kept = undefined
  }

  async #ask(): Promise<string> {
    const { url, clientId, clientSecret, scope } = this.#endpoint
    const secret = readSecret(clientSecret, 'kafka.sasl.tokenEndpoint.clientSecret')
    const askedMs = Date.now()
    const { access_token: token, expires_in: seconds } = await answerOf(url, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${formText(clientId)}:${formText(secret)}`).toString('base64')}`,
        accept: 'application/json',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) }),
      // The secret is for this endpoint, not for a place that it redirects to.
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
      throw new TokenEndpointError(
        `The token endpoint ${placeOf(url)} answered without an access_token`,
        true,
      )
    const lifeMs = typeof seconds === 'number' ? seconds * 1000 * USED_PART_OF_LIFE : 0
    this.#kept = { token, useUntilMs: askedMs + lifeMs }
    return token
  }
}

interface TokenAnswer {
  readonly access_token?: unknown
  readonly expires_in?: unknown
}

async function answerOf(url: string, request: RequestInit): Promise<TokenAnswer> {
  try {
    const response = await fetch(url, request)
    if (response.ok) return await tokenAnswer(response, url)
    await response.body?.cancel()
    throw refusalOf(response, url)
  } catch (error) {
    if (error instanceof TokenEndpointError) throw error
    // Never the message: fetch quotes an address with its password, and others quote the answer.
    throw new TokenEndpointError(
      `Cannot reach the token endpoint ${placeOf(url)} (${errorSummary(error)})`,
      false,
    )
  }
}

function refusalOf({ status }: Response, url: string): TokenEndpointError {
  const isRefusal = status < 500 && status !== 429
  const advice = isRefusal ? ': check kafka.sasl.tokenEndpoint (clientId, clientSecret, scope)' : ''
  return new TokenEndpointError(`The token endpoint ${placeOf(url)} answered ${status}${advice}`, isRefusal)
}

/** Reads the answer, which is never shown: it may hold the token. Empty if it isn't JSON. */
async function tokenAnswer({ body }: Response, url: string): Promise<TokenAnswer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    // Leaving the loop cancels the rest.
    if (bytes > ANSWER_BYTES)
      throw new TokenEndpointError(
        `The token endpoint ${placeOf(url)} answered more than ${ANSWER_BYTES} bytes: check kafka.sasl.tokenEndpoint.url`,
        true,
      )
    chunks.push(chunk)
  }
  try {
    return Object(JSON.parse(Buffer.concat(chunks).toString('utf8')))
  } catch {
    return {}
  }
}

/** Client id and secret in a Basic header are form-encoded first (RFC 6749, section 2.3.1). */
const formText = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)

/** An address without the parts that may be secret. */
function placeOf(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
