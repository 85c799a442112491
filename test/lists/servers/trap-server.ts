// A list's server on loopback, with the faults that real ones have shown. Each kind of list has one on top of it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What goes wrong with one answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Status 200, and a body that ends in the middle, though its length is right. */
  | { readonly kind: 'corrupt' }
  /** The connection ends in the middle of the body. */
  | { readonly kind: 'cut-off' }
  /** The body never ends. */
  | { readonly kind: 'hangs' }
  /** The body comes in eight pieces, this many milliseconds apart. */
  | { readonly kind: 'in-pieces'; readonly everyMs: number }
  /** In the body each `what` stands as `by`: as after a release that names a field or writes its value in another way. */
  | { readonly kind: 'replaced'; readonly what: string; readonly by: string }
  /** This body, as it stands. */
  | { readonly kind: 'body'; readonly body: string }

export interface Answer {
  readonly status?: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: IncomingMessage['headers']
}

export abstract class TrapServer {
  readonly asked: Asked[] = []
  /** Of the next answers to requests for pages, one each. */
  readonly faults: Fault[] = []
  /** How far the clock in the head of each answer is ahead, in milliseconds. */
  aheadMs = 0
  readonly #server = createServer((request, response) => void this.#handle(request, response))

  /** The answer without faults; undefined: there is nothing at this address. */
  protected abstract answer(request: IncomingMessage, url: URL, body: string): Answer | undefined

  /** Whether faults are for this request. */
  protected isPage(_url: URL): boolean {
    return true
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get origin(): string {
    // Listening on a port of TCP.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    // Without an encoding a stream of HTTP gives buffers.
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const target = request.url ?? '/'
    const url = new URL(target, this.origin)
    this.asked.push({ method: request.method ?? '', target, headers: request.headers })
    const answer = this.#withClock(this.answer(request, url, Buffer.concat(chunks).toString('utf8')))
    if (answer === undefined) {
      response.writeHead(404).end()
      return
    }
    const fault = answer.status === undefined && this.isPage(url) ? this.faults.shift() : undefined
    if (fault === undefined) send(response, answer)
    else spoil(response, answer, fault)
  }

  #withClock(answer: Answer | undefined): Answer | undefined {
    if (answer === undefined || this.aheadMs === 0) return answer
    const { date } = answer.headers ?? {}
    const nowMs = date === undefined ? Date.now() : Date.parse(date)
    const ahead = new Date(nowMs + this.aheadMs).toUTCString()
    return { ...answer, headers: { ...answer.headers, date: ahead } }
  }
}

function send(response: ServerResponse, { status = 200, type, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': type, ...headers }).end(body)
}

async function sendInPieces(response: ServerResponse, answer: Answer, everyMs: number): Promise<void> {
  const { type, body, headers = {} } = answer
  response.writeHead(200, { 'content-type': type, ...headers })
  const length = Math.ceil(body.length / 8)
  for (let from = 0; from < body.length; from += length) {
    response.write(body.slice(from, from + length))
    await sleep(everyMs)
  }
  response.end()
}

function spoil(response: ServerResponse, answer: Answer, fault: Fault): void {
  const { type, body, headers = {} } = answer
  const half = Buffer.from(body).subarray(0, Math.floor(Buffer.byteLength(body) / 2))
  if (fault.kind === 'status') response.writeHead(fault.status, fault.headers).end('no content of ours')
  else if (fault.kind === 'body') send(response, { ...answer, body: fault.body })
  else if (fault.kind === 'replaced')
    send(response, { ...answer, body: body.replaceAll(fault.what, fault.by) })
  else if (fault.kind === 'in-pieces') void sendInPieces(response, answer, fault.everyMs)
  else if (fault.kind === 'corrupt') send(response, { ...answer, body: half.toString('utf8') })
  else {
    response.writeHead(200, {
      'content-type': type,
      'content-length': String(Buffer.byteLength(body) + 1),
      ...headers,
    })
    response.write(half)
    if (fault.kind === 'cut-off') setTimeout(() => response.destroy(), 20)
  }
}
