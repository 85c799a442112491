// The sockets of the gateway: HTTP/1.1 in the open on loopback, or HTTP/1.1 and HTTP/2 over TLS, as the client asks (ALPN).
// Clients that send their headers slowly, or nothing, are cut off here.
import { createServer, type RequestListener, type Server } from 'node:http'
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { Certificate } from '../http/certificate.ts'
import { gatewayProblem, type GatewayProblemCode } from '../contract/gateway.ts'
import { PROBLEM_TYPE } from '../http/problem-answer.ts'
import type { Socket } from 'node:net'
import type { Connections } from './connections.ts'

const HEADERS_MS = 10_000
/** How often connections are looked at for the limits above, in milliseconds. */
const CHECK_MS = 1_000
const HEADER_BYTES = 8 * 1024
/** Requests of one HTTP/2 connection at a time. */
const STREAMS = 16
/** Memory of one HTTP/2 connection, in megabytes. */
const SESSION_MB = 16

interface ListenerLimits {
  readonly requestSeconds: number
  readonly connections: number
}

export interface ListenerOptions {
  readonly limits: ListenerLimits
  readonly connections: Connections
  readonly certificate: Certificate | undefined
}

/** What the framework gives a server that it hasn't made. */
type Handler = RequestListener

export function listener(handler: Handler, { limits, connections, certificate }: ListenerOptions): Server {
  const http1 = {
    headersTimeout: HEADERS_MS,
    // The reader of bodies gives up before, with an answer.
    requestTimeout: HEADERS_MS + limits.requestSeconds * 1_000 + CHECK_MS,
    keepAliveTimeout: connections.idleMs,
    connectionsCheckingInterval: CHECK_MS,
    maxHeaderSize: HEADER_BYTES,
  }
  const server =
    certificate === undefined
      ? createServer(http1, handler)
      : secure(handler, { ...http1, handshakeTimeout: connections.handshakeMs }, certificate)
  server.maxConnections = limits.connections
  // Else an answer that a client doesn't read holds its connection for ever: it is not idle then.
  server.setTimeout(connections.idleMs)
  server.on('drop', () => connections.refused())
  server.on('connection', (socket: Socket) => connections.accept(socket))
  if (certificate === undefined) server.on('connection', (socket: Socket) => connections.begin(socket))
  else {
    server.on('session', (session: ServerHttp2Session) => connections.beginSession(session))
    server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol !== 'h2') connections.begin(socket)
    })
  }
  // Its methods are those of node:http's server, and the framework calls no others; requests of HTTP/2 come in the shape of
  // HTTP/1.1 (node:http2's compatibility API).
  return server as Server
}

function secure(handler: Handler, http1: object, certificate: Certificate): Http2SecureServer {
  const server = createSecureServer({
    ...certificate.options,
    ...http1,
    allowHTTP1: true,
    settings: { maxConcurrentStreams: STREAMS, enablePush: false, maxHeaderListSize: HEADER_BYTES },
    maxSessionMemory: SESSION_MB,
  })
  server.on('request', handler)
  certificate.keep(server)
  return server
}

/** What node:http's parser calls an error by. */
const PARSER_PROBLEMS: Readonly<Record<string, 'headers-too-large' | 'too-slow'>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'too-slow',
}

/** Answers bytes that are no request of HTTP: they reach no handler. Returns the code of the answer, if there is one. */
export function answerBadRequest(
  error: NodeJS.ErrnoException,
  socket: Socket,
): GatewayProblemCode | undefined {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return undefined
  }
  const code = PARSER_PROBLEMS[error.code ?? ''] ?? 'bad-request'
  const problem = gatewayProblem(code)
  const body = JSON.stringify(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
  // A client that doesn't read would hold the socket.
  setTimeout(() => socket.destroy(), CHECK_MS).unref()
  return code
}
