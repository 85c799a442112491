// Ends connections that would hold a place for nothing: those without a valid credential, those that don't read their answers,
// and those of an address that has its share already.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2Session, ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { Counter } from 'prom-client'
import type { ConnectionEnd } from '../telemetry/gateway-metrics.ts'
import { networkOf } from './network-of.ts'

export interface ConnectionTimes {
  /** Without bytes in either direction. A proxy keeps its connections for a minute: one that we close first would be a lost request there. */
  readonly idleMs: number
  /** Of TLS. */
  readonly handshakeMs: number
  /** From its begin until a request with a valid credential. */
  readonly credentialMs: number
  /** From an answer until the client has read it. */
  readonly answerMs: number
}

export const CONNECTION_TIMES: ConnectionTimes = {
  idleMs: 65_000,
  handshakeMs: 10_000,
  credentialMs: 15_000,
  answerMs: 30_000,
}

/** Before a connection of HTTP/2 is cut off, its client hears that it ends, and gets this time, in milliseconds. */
const GOODBYE_MS = 3_000

type Connection = Socket | Http2Session

export class Connections {
  readonly #times: ConnectionTimes
  readonly #perAddress: number
  readonly #ended: Counter<'code'>
  readonly #ofNetworks = new Map<string, number>()
  /** Of connections that have not shown a valid credential yet. */
  readonly #deadlines = new WeakMap<Connection, NodeJS.Timeout>()

  constructor(times: ConnectionTimes, perAddress: number, ended: Counter<'code'>) {
    this.#times = times
    this.#perAddress = perAddress
    this.#ended = ended
  }

  get idleMs(): number {
    return this.#times.idleMs
  }

  get handshakeMs(): number {
    return this.#times.handshakeMs
  }

  /** Before TLS: counts it for its address, or ends it. */
  accept(socket: Socket): void {
    const network = networkOf(socket.remoteAddress)
    const count = this.#ofNetworks.get(network) ?? 0
    if (count >= this.#perAddress) {
      this.#end(socket, 'address')
      return
    }
    this.#ofNetworks.set(network, count + 1)
    socket.once('close', () => {
      const left = (this.#ofNetworks.get(network) ?? 1) - 1
      if (left === 0) this.#ofNetworks.delete(network)
      else this.#ofNetworks.set(network, left)
    })
  }

  /** The server has as many as it may have. */
  refused(): void {
    this.#ended.inc({ code: 'full' })
  }

  /** After TLS: it has to show a valid credential. */
  begin(connection: Connection): void {
    const deadline = setTimeout(() => this.#end(connection, 'no-credential'), this.#times.credentialMs)
    this.#deadlines.set(connection, deadline.unref())
    connection.once('close', () => clearTimeout(deadline))
  }

  /** After TLS, if the client speaks HTTP/2. */
  beginSession(session: ServerHttp2Session): void {
    this.begin(session)
    // Before the listener of Node, which would end it without a word, and leaves alone a session that is being closed. Closing waits for
    // the client to read its answers.
    session.prependListener('timeout', () => {
      session.close()
      setTimeout(() => session.destroy(), GOODBYE_MS).unref()
    })
  }

  /** The credential of a request is valid. */
  permit(request: IncomingMessage): void {
    const connection = connectionOf(request)
    if (connection !== undefined) clearTimeout(this.#deadlines.get(connection))
  }

  /** The answer of this request is on its way. */
  answering(request: IncomingMessage, response: ServerResponse): void {
    const deadline = setTimeout(() => {
      const connection = connectionOf(request)
      if (connection !== undefined && !connection.destroyed) this.#end(connection, 'answer-unread')
    }, this.#times.answerMs)
    deadline.unref()
    response.once('close', () => clearTimeout(deadline))
  }

  #end(connection: Connection, code: ConnectionEnd): void {
    this.#ended.inc({ code })
    connection.destroy()
  }
}

/** Undefined once it has ended. */
function connectionOf(request: IncomingMessage): Connection | undefined {
  // Over HTTP/2 the request has that version's shape behind that of HTTP/1.1 (node:http2's compatibility API).
  if (request.httpVersionMajor === 2) return (request as unknown as Http2ServerRequest).stream.session
  return request.socket
}
