// The room `gateway` is the front door of platforms without Kafka: `POST /v1/reports`. It acknowledges what Kafka has, refuses
// a wrong request as a whole, and knows nothing of known hashes: no answer, and no time that one takes, can tell
// whether a hash is known. This file: the HTTP server.
import helmet from '@fastify/helmet'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { GATEWAY_MAX_BYTES, gatewayProblem, type GatewayProblemCode } from '../contract/gateway.ts'
import { gatewayOpenApi } from '../contract/gateway-openapi.ts'
import { Certificate } from '../http/certificate.ts'
import { sendProblem } from '../http/problem-answer.ts'
import { measureRequests } from '../http/request-metrics.ts'
import { API_HELMET } from '../http/security-headers.ts'
import type { GatewaySettings } from '../settings/gateway-settings.ts'
import { LOOPBACK } from '../settings/listener-tls.ts'
import { errorSummary } from '../telemetry/error-summary.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { ClientGoneError } from './batch/read-body.ts'
import { CONTENT_ENCODINGS } from './batch/unpacked.ts'
import { CONNECTION_TIMES, Connections, type ConnectionTimes } from './connections.ts'
import { GatewayRefusal } from './gateway-problem.ts'
import { GatewaySettingsError } from './gateway-settings-error.ts'
import { answerBadRequest, listener } from './listener.ts'
import type { ReportIntake } from './report-intake.ts'

const REPORTS = '/v1/reports'
const OPENAPI = '/v1/openapi.json'
/** Any other method of these addresses is refused, also one that the framework doesn't know. */
const METHODS: ReadonlyMap<string, string> = new Map([
  [REPORTS, 'POST'],
  [OPENAPI, 'GET'],
])
/** Connections that clients hold open get this time at the end, in milliseconds. */
const CLOSE_MS = 3_000
/**
 * A body that is refused before it is read is taken in and dropped up to the size that one may have, and for this time, in
 * milliseconds; then the connection is cut off. A connection that is closed at once may take the answer with it.
 */
const DROP_MS = 5_000

export interface GatewayServerOptions {
  readonly settings: GatewaySettings
  readonly intake: ReportIntake
  readonly logger: Logger
  readonly metrics: Pick<
    Metrics,
    'gatewayRequests' | 'gatewayRequestSeconds' | 'gatewayRefusals' | 'gatewayConnectionsEnded'
  >
  readonly times?: Partial<ConnectionTimes>
}

export interface GatewayServer {
  /** For example `https://127.0.0.1:9467`. */
  readonly url: string
  /** Refuses what has not arrived yet, answers what has, and ends. */
  close(): Promise<void>
}

/** @throws GatewaySettingsError, SecretError */
export async function serveGateway(options: GatewayServerOptions): Promise<GatewayServer> {
  const { settings, intake, logger, metrics } = options
  const { host, port, tls, limits } = settings
  if (tls === undefined && !LOOPBACK.has(host))
    throw new GatewaySettingsError(
      `gateway.host is ${host}: without gateway.tls it has to be a loopback address, because keys would cross the network in the open`,
    )
  const clientCa = settings.credentials.certificates?.ca
  if (tls === undefined && clientCa !== undefined)
    throw new GatewaySettingsError(
      'gateway.credentials.certificates needs gateway.tls: without TLS no client shows a certificate',
    )
  const certificate = tls && new Certificate({ ...tls, clientCa }, 'gateway.tls', logger)
  const answer = answerOf(options)
  const times = { ...CONNECTION_TIMES, ...options.times }
  const connections = new Connections(times, limits.connectionsPerAddress, metrics.gatewayConnectionsEnded)
  const server = fastify({
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => {
      const code = answerBadRequest(error, socket)
      if (code !== undefined) metrics.gatewayRefusals.inc({ code })
    },
    frameworkErrors: (_error, request, reply) =>
      void answer(request, reply, new GatewayRefusal('bad-request')),
    serverFactory: (handler) => listener(handler, { limits, connections, certificate }),
  })
  measureRequests(server, {
    requests: metrics.gatewayRequests,
    requestSeconds: metrics.gatewayRequestSeconds,
  })
  await server.register(helmet, API_HELMET)
  server.addHook('onSend', async (request, reply) => {
    connections.answering(request.raw, reply.raw)
    // An idle connection that is kept would hold up the end.
    if (intake.isStopping && request.raw.httpVersionMajor === 1) reply.header('connection', 'close')
  })
  addRoutes(server, { intake, connections, answer })
  await server.listen({ host, port })
  return {
    url: urlOf(server, host, tls !== undefined),
    close: async () => {
      intake.stop()
      certificate?.stop()
      await Promise.race([server.close(), sleep(CLOSE_MS, undefined, { ref: false })])
    },
  }
}

function urlOf(server: FastifyInstance, host: string, isSecure: boolean): string {
  // It listens on an address, not on a pipe.
  const { port } = server.server.address() as AddressInfo
  return `http${isSecure ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

type Answer = (request: FastifyRequest, reply: FastifyReply, error: unknown) => FastifyReply

interface RouteParts {
  readonly intake: ReportIntake
  readonly connections: Connections
  readonly answer: Answer
}

function addRoutes(server: FastifyInstance, { intake, connections, answer }: RouteParts): void {
  // The body is read by the handler, within its own bounds and after the credential is checked.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', (_request, _payload, done) => done(null))
  server.setErrorHandler((error, request, reply) => answer(request, reply, error))
  server.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?')
    const allowed = METHODS.get(path)
    return allowed === undefined
      ? answer(request, reply, new GatewayRefusal('not-found'))
      : answer(request, reply.header('allow', allowed), new GatewayRefusal('wrong-method'))
  })
  server.post(REPORTS, async (request, reply) => {
    const taken = await intake.take(request, () => connections.permit(request.raw))
    return reply.code(202).header('cache-control', 'no-store').send(taken)
  })
  const document = JSON.stringify(gatewayOpenApi())
  server.get(OPENAPI, async (_request, reply) => reply.type('application/json').send(document))
}

/** Every error becomes an answer of RFC 9457, and never quotes the request. */
function answerOf({ logger, metrics }: GatewayServerOptions): Answer {
  return (request, reply, error) => {
    if (error instanceof ClientGoneError) {
      reply.hijack()
      request.raw.destroy()
      return reply
    }
    const refusal = asRefusal(error)
    const { code } = refusal
    if (code === 'internal') logger.error({ error: errorSummary(error) }, 'A request to the gateway failed')
    metrics.gatewayRefusals.inc({ code })
    const { retrySeconds, ...said } = refusal.refusal
    if (retrySeconds !== undefined) reply.header('retry-after', retrySeconds)
    if (code === 'not-permitted') reply.header('www-authenticate', 'Bearer')
    if (code === 'unknown-type') reply.header('accept-encoding', CONTENT_ENCODINGS.join(', '))
    leaveBody(request, reply, code)
    return sendProblem(reply, gatewayProblem(code, said))
  }
}

const BY_STATUS: ReadonlyMap<number, GatewayProblemCode> = new Map([
  [404, 'not-found'],
  [413, 'too-large'],
  [415, 'unknown-type'],
])

/** The framework refuses bad requests by errors with a status. Any other error is a fault of ours. */
function asRefusal(error: unknown): GatewayRefusal {
  if (error instanceof GatewayRefusal) return error
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  return new GatewayRefusal(
    BY_STATUS.get(status) ?? (status >= 400 && status < 500 ? 'bad-request' : 'internal'),
  )
}

/** Ends the reading of a body that was refused before its end. */
function leaveBody({ raw }: FastifyRequest, reply: FastifyReply, code: GatewayProblemCode): void {
  if (raw.readableEnded) return
  if (raw.httpVersionMajor === 2) {
    // The answer goes out first; then the client hears that the rest isn't wanted.
    reply.raw.once('finish', () => raw.destroy())
    return
  }
  if (code === 'too-slow' || code === 'stopping') {
    reply.header('connection', 'close')
    return
  }
  let bytes = 0
  const cut = (): void => void raw.destroy()
  const deadline = setTimeout(cut, DROP_MS).unref()
  raw.once('close', () => clearTimeout(deadline)).once('end', () => clearTimeout(deadline))
  // The next request on this connection stands behind the rest of this one.
  raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > GATEWAY_MAX_BYTES) cut()
  })
  raw.resume()
}
