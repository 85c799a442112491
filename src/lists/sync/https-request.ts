// One request to a list's server: encrypted unless it is on this machine, never redirected, bounded in size and time.
import { readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { readSecretFile } from '../../secrets/secret.ts'
import { SourceError } from './source-error.ts'

/** A page of any of the lists is far smaller. */
const MAX_PAGE_BYTES = 64 * 1024 * 1024
const TIMEOUT_MS = 60_000
const LONGEST_RETRY_AFTER_MS = 3_600_000

interface TlsFiles {
  readonly ca?: string | undefined
  readonly certificate?: string | undefined
  readonly key?: string | undefined
}

/** How a source's server is asked. */
export interface Connection {
  readonly tls?: TlsFiles | undefined
  /** For one answer, in milliseconds: for all of it, or for each piece of it. */
  readonly timeoutMs?: number | undefined
  /** The answer is a file of any length: the time is what a server may stay silent. */
  readonly isPerPiece?: boolean | undefined
  readonly maxBytes?: number | undefined
}

export interface SourceRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly body?: string
  /** Answers besides 200 that the caller can use. */
  readonly alsoStatus?: readonly number[]
}

export interface SourceAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** Throws SourceError if it is cut off, too slow or too large. */
  readonly body: AsyncIterable<Buffer>
}

/** The user and the password as a header. */
export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

/** Asks, and resolves with an answer that can be used. @throws SourceError */
export async function ask(
  { url, headers, method = 'GET', body, alsoStatus = [] }: SourceRequest,
  connection: Connection,
  signal: AbortSignal,
): Promise<SourceAnswer> {
  const { timeoutMs = TIMEOUT_MS, isPerPiece = false } = connection
  const limit = new TimeLimit(timeoutMs)
  const ended = AbortSignal.any([signal, limit.signal])
  const options: RequestOptions = {
    method,
    headers: { 'accept-encoding': 'identity', 'user-agent': 'hashwarden', ...headers },
    signal: ended,
    // Each request reads the files again, so that they can be replaced in place.
    ...tlsOptions(connection.tls),
  }
  const explain = (error: unknown): unknown => {
    if (signal.aborted) return signal.reason
    if (limit.signal.aborted) return tooSlow(timeoutMs, isPerPiece)
    return error instanceof SourceError ? error : unreachable(error)
  }
  try {
    const answer = await send(url, options, body)
    const status = answer.statusCode ?? 0
    if (status !== 200 && !alsoStatus.includes(status)) {
      answer.destroy()
      throw refusal(status, answer.headers['retry-after'])
    }
    const pieces = limited(bounded(answer, connection.maxBytes, explain), limit, isPerPiece)
    return { status, headers: answer.headers, body: pieces }
  } catch (error) {
    limit.stop()
    throw explain(error)
  }
}

/** Asks, and reads the whole answer. @throws SourceError */
export async function askForPage(
  request: SourceRequest,
  connection: Connection,
  signal: AbortSignal,
): Promise<{
  readonly status: number
  readonly bytes: Buffer
  readonly headers: IncomingMessage['headers']
}> {
  const { status, headers, body } = await ask(request, connection, signal)
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return { status, bytes: Buffer.concat(chunks), headers }
}

function send(url: URL, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  // A new connection for each: keep-alive would race with servers that close idle ones.
  const request = (url.protocol === 'http:' ? httpRequest : httpsRequest)(url, { ...options, agent: false })
  request.on('response', resolve)
  request.on('error', reject)
  request.end(body)
  return promise
}

/** Ends a request that takes too long. */
class TimeLimit {
  readonly #ms: number
  readonly #over = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number) {
    this.#ms = ms
    this.start()
  }

  get signal(): AbortSignal {
    return this.#over.signal
  }

  start(): void {
    this.#timer = setTimeout(() => this.#over.abort(), this.#ms).unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/** The limit ends with the answer. Where it is for each piece, the time that the reader takes for one doesn't count. */
async function* limited(
  pieces: AsyncIterable<Buffer>,
  limit: TimeLimit,
  isPerPiece: boolean,
): AsyncGenerator<Buffer> {
  try {
    for await (const piece of pieces) {
      if (isPerPiece) limit.stop()
      yield piece
      if (isPerPiece) limit.start()
    }
  } finally {
    limit.stop()
  }
}

async function* bounded(
  answer: IncomingMessage,
  maxBytes = MAX_PAGE_BYTES,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Buffer> {
  let bytes = 0
  try {
    // Without an encoding a stream of HTTP gives buffers.
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes)
        throw new SourceError(
          'too-large',
          `The answer has more than ${maxBytes} bytes: it is not read further.`,
        )
      yield chunk
    }
    if (!answer.complete) throw new SourceError('unreachable', CUT_OFF)
  } catch (error) {
    throw explain(error)
  } finally {
    answer.destroy()
  }
}

const CUT_OFF = 'The connection to the server ended in the middle of an answer. It is asked again.'

function tlsOptions(tls: TlsFiles | undefined): RequestOptions {
  if (tls === undefined) return {}
  const { ca, certificate, key } = tls
  try {
    return {
      ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
      ...(certificate === undefined ? {} : { cert: readFileSync(certificate) }),
      ...(key === undefined ? {} : { key: readSecretFile(key, 'the key of the certificate') }),
    }
  } catch (error) {
    throw new SourceError(
      'credentials',
      error instanceof Error ? error.message : 'A file of tls cannot be read.',
    )
  }
}

/** Why the server gave no answer that we can use. */
function refusal(status: number, retryAfter: string | undefined): SourceError {
  if (status >= 300 && status < 400)
    return new SourceError(
      'redirected',
      `The server sends us to another address (status ${status}). We don't follow, because our credentials would go there: correct the base address of the source.`,
    )
  if (status === 401 || status === 403)
    return new SourceError(
      'refused',
      `The server refuses our credentials (status ${status}): check them, and whether they are still valid.`,
    )
  if (status === 404 || status === 410)
    return new SourceError(
      'not-there',
      `The server has nothing at this address (status ${status}): check the base address of the source.`,
    )
  if (status === 429 || status === 503)
    return new SourceError('busy', `The server asks us to wait (status ${status}).`, retryAfterMs(retryAfter))
  if (status >= 500)
    return new SourceError('server-error', `The server has failed (status ${status}). It is asked again.`)
  return new SourceError(
    'unexpected-answer',
    `The server gave an answer that we did not expect (status ${status}).`,
  )
}

/** Of `Retry-After`: seconds, or a date. At most an hour. */
function retryAfterMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS)
}

const tooSlow = (timeoutMs: number, isPerPiece: boolean): SourceError =>
  new SourceError(
    'too-slow',
    isPerPiece
      ? `The server has sent nothing for ${timeoutMs / 1000} s. It is asked again.`
      : `The server has not answered in full within ${timeoutMs / 1000} s. It is asked again.`,
  )

/** The code alone: messages of the network name addresses. */
function unreachable(error: unknown): SourceError {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE')
    return new SourceError('unreachable', CUT_OFF)
  const text = typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? ` (${code})` : ''
  return new SourceError('unreachable', `The server can't be reached${text}. It is tried again.`)
}
