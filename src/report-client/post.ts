// One request to the gateway, by Node's own HTTP: keep-alive, a bound on the time and on the answer.
import { request as requestHttp, Agent as HttpAgent } from 'node:http'
import { request as requestHttps, Agent as HttpsAgent } from 'node:https'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ClientOptions } from './client-types.ts'

const zipped = promisify(gzip)
/** A smaller body is sent as it is. */
const ZIP_FROM_BYTES = 1_400
/** Of an answer: a hundred errors have far less. */
const ANSWER_MAX_BYTES = 256 * 1024

export interface PostAnswer {
  readonly status: number
  /** What the server asks for, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** Undefined: it was no JSON. */
  readonly body: unknown
}

export class GatewayConnection {
  readonly #url: URL
  readonly #timeoutMs: number
  readonly #agent: HttpAgent | HttpsAgent

  /** @throws TypeError if the address is none of HTTP. */
  constructor(url: string, timeoutMs: number, tls: ClientOptions['tls'] = {}) {
    this.#url = new URL('/v1/reports', url)
    if (this.#url.protocol !== 'https:' && this.#url.protocol !== 'http:')
      throw new TypeError('The address of the gateway begins with https:// (or http:// on one machine)')
    this.#timeoutMs = timeoutMs
    this.#agent =
      this.#url.protocol === 'https:'
        ? new HttpsAgent({ keepAlive: true, ...tls })
        : new HttpAgent({ keepAlive: true })
  }

  /** Posts reports, a line of JSON each. @throws Error if there is no whole answer in time. */
  async post(texts: readonly string[], key: string, signal: AbortSignal): Promise<PostAnswer> {
    const plain = Buffer.from(texts.join('\n'))
    const isZipped = plain.length >= ZIP_FROM_BYTES
    const body = isZipped ? await zipped(plain) : plain
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/x-ndjson',
      'content-length': body.length,
      ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
    }
    const late = AbortSignal.timeout(this.#timeoutMs)
    return this.#send(body, headers, AbortSignal.any([signal, late]))
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(
    body: Buffer,
    headers: Readonly<Record<string, string | number>>,
    signal: AbortSignal,
  ): Promise<PostAnswer> {
    const send = this.#url.protocol === 'https:' ? requestHttps : requestHttp
    return new Promise((resolve, reject) => {
      const request = send(this.#url, { method: 'POST', headers, agent: this.#agent, signal }, (answer) => {
        const chunks: Buffer[] = []
        let length = 0
        answer.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length <= ANSWER_MAX_BYTES) chunks.push(chunk)
          else request.destroy(new Error('The answer is too long'))
        })
        answer.on('error', reject)
        answer.on('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            retryAfterMs: millisecondsOf(answer.headers['retry-after']),
            body: parsed(Buffer.concat(chunks)),
          })
        })
      })
      request.on('error', reject)
      request.end(body)
    })
  }
}

/** Seconds, or a date. */
function millisecondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
