// The HTTP server that others read our known hashes from, in the form of NCMEC's hash sharing API.
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Certificate } from '../../http/certificate.ts'
import { sendProblem } from '../../http/problem-answer.ts'
import { API_HELMET } from '../../http/security-headers.ts'
import { LOOPBACK } from '../../settings/listener-tls.ts'
import type { SharingClient, SharingSettings } from '../../settings/sharing-settings.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import type { ShareRefusal, ShareRoute } from '../../telemetry/share-metrics.ts'
import { unlessAborted } from '../../waiting/unless-aborted.ts'
import { passwordHashes, SignIn } from './client-sign-in.ts'
import { ClientView } from './client-view.ts'
import { nextOf, RangeError400, rangeOf } from './range.ts'
import type { ShareFeed } from './share-feed.ts'
import type { SharedFiles } from './shared-files.ts'
import { WireIds } from './wire-names.ts'
import { entriesXml, membersXml, reasonsXml, statusXml } from './xml-pages.ts'

/** A request waits this long for the newest records of the topic, in milliseconds. */
const CATCH_UP_MS = 5_000
const REQUEST_MS = 30_000
const RETRY_SECONDS = 5
/** Without a 503 for this long, readers are answered again; in milliseconds. */
const UNANSWERED_QUIET_MS = 60_000

/** Settings that would share hashes with those who may not have them. */
export class SharingSettingsError extends Error {
  readonly code = 'SHARING_SETTINGS'
  override readonly name = 'SharingSettingsError'
}

export interface ShareServerOptions {
  readonly settings: SharingSettings
  readonly files: SharedFiles
  readonly feed: Pick<ShareFeed, 'topicId' | 'catchUp'>
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'shareRequests' | 'shareEntries' | 'shareRefused'>
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

export interface ShareServer {
  /** A base for readers: `/v2/…` follows. */
  readonly url: string
  close(): Promise<void>
}

type Reader = SharingClient & { readonly view: ClientView }

declare module 'fastify' {
  interface FastifyRequest {
    reader: Reader | undefined
    /** Why it has no reader, and the client that it names, if that is one of ours. */
    unproven: { readonly refused: ShareRefusal; readonly named?: Reader | undefined } | undefined
    /** Files that the answer has, for the access log. */
    sharedFiles: number
  }
  interface FastifyContextConfig {
    shareRoute?: ShareRoute
  }
}

/** @throws SharingSettingsError, SecretError, PasswordHashError */
export async function serveShared(options: ShareServerOptions): Promise<ShareServer> {
  const { settings, files } = options
  checkSettings(settings)
  const readers = settings.clients.map((client): Reader => {
    // Read at the start as well, so that a wrong one is known then.
    passwordHashes(client)
    return { ...client, view: new ClientView(client, files.terms) }
  })
  const certificate = settings.tls && new Certificate(settings.tls, 'sharing.tls', options.logger)
  const server = fastify({
    logger: false,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    frameworkErrors: (_error, _request, reply) => void problem(reply, 400),
    serverFactory: (handler): Server => {
      const limits = { requestTimeout: REQUEST_MS }
      if (certificate === undefined) return createHttpServer(limits, handler)
      const secure = createHttpsServer({ ...certificate.options, ...limits }, handler)
      certificate.keep(secure)
      return secure
    },
  })
  await addGuards(server, options, readers)
  addRoutes(server, options)
  const { host, port } = settings
  const listening = await server.listen({ host, port })
  return {
    // The framework doesn't know that the server which it was given speaks TLS.
    url: certificate ? listening.replace(/^http:/, 'https:') : listening,
    close: async () => {
      certificate?.stop()
      await server.close()
    },
  }
}

function checkSettings({ host, tls, clients }: SharingSettings): void {
  if (tls === undefined && !LOOPBACK.has(host))
    throw new SharingSettingsError(
      `sharing.host is ${host}: without sharing.tls it has to be a loopback address, because passwords and hashes would cross the network in the open`,
    )
  const twice = clients.find(({ name }, at) => clients.findIndex((one) => one.name === name) !== at)
  if (twice) throw new SharingSettingsError(`sharing.clients has two clients named ${twice.name}: rename one`)
}

async function addGuards(
  server: FastifyInstance,
  options: ShareServerOptions,
  readers: readonly Reader[],
): Promise<void> {
  const { logger, metrics, clock = Date.now } = options
  server.decorateRequest('reader', undefined)
  server.decorateRequest('unproven', undefined)
  server.decorateRequest('sharedFiles', 0)
  server.setNotFoundHandler((_request, reply) => problem(reply, 404))
  server.setErrorHandler((error, request, reply) => {
    if (error instanceof RangeError400) return problem(reply, 400, error.message)
    const status = error instanceof Object && 'statusCode' in error ? Number(error.statusCode) : 500
    if (status >= 400 && status < 500) return problem(reply, status)
    logger.error({ route: routeOf(request), error: errorSummary(error) }, 'A request of a reader failed')
    return problem(reply, 500)
  })
  await server.register(helmet, API_HELMET)
  server.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    // Readers end their ranges by this clock: no change gets a time later than its next whole second.
    reply.header('date', new Date(clock()).toUTCString())
  })
  await addSignIn(server, options, readers)
  server.addHook('onResponse', async (request, reply) => {
    const route = routeOf(request)
    const { statusCode, elapsedTime } = reply
    metrics.shareRequests.inc({ route, status: `${Math.floor(statusCode / 100)}xx` })
    metrics.shareEntries.inc(request.sharedFiles)
    const { reader, unproven, sharedFiles } = request
    const refused = refusalOf(request, statusCode)
    if (refused !== undefined) metrics.shareRefused.inc({ code: refused })
    // No address of a request: it holds what a client has chosen to put there.
    logger.info(
      {
        client: (reader ?? unproven?.named)?.name ?? 'unknown',
        refused,
        route,
        status: statusCode,
        files: sharedFiles,
        ms: Math.round(elapsedTime),
      },
      'A reader was answered',
    )
  })
}

/** Why a request was refused: it is from no client of ours, or one of too many. */
function refusalOf({ reader, unproven }: FastifyRequest, status: number): ShareRefusal | undefined {
  // Also beyond its limit: a stranger who asks often is a stranger.
  if (unproven !== undefined) return unproven.refused
  if (status !== 429) return undefined
  return reader === undefined ? 'address-too-many' : 'too-many'
}

/** Who asks, and how often: an address before the sign-in, a client after it. */
async function addSignIn(
  server: FastifyInstance,
  { settings, logger }: ShareServerOptions,
  readers: readonly Reader[],
): Promise<void> {
  await server.register(rateLimit, {
    // After the sign-in below: by client. One window for a whole minute, so that a burst of small requests passes.
    hook: 'preParsing',
    max: settings.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: ({ reader, ip }) => (reader ? `client ${reader.name}` : `address ${ip}`),
  })
  // Before the sign-in, which reads a file, and so by address: all clients may share one.
  const ofAddress = server.createRateLimit({ max: settings.requestsPerMinute * (readers.length + 1) })
  const signIn = new SignIn(readers, logger)
  server.addHook('onRequest', async (request, reply) => {
    const limit = await ofAddress(request)
    if (!limit.isAllowed && limit.isExceeded) {
      reply.header('retry-after', limit.ttlInSeconds)
      await problem(reply, 429)
      return
    }
    const signedIn = signIn.signIn(request.headers.authorization)
    if (signedIn.refused === undefined) request.reader = signedIn.client
    else request.unproven = signedIn
  })
  server.addHook('preHandler', async (request, reply) => {
    if (request.reader !== undefined) return
    reply.header('www-authenticate', 'Basic realm="hash sharing", charset="UTF-8"')
    await problem(reply, 401)
  })
}

const routeOf = ({ routeOptions }: FastifyRequest): ShareRoute => routeOptions.config.shareRoute ?? 'none'

/** The sources that a request is about: all that its client may see, or the one of its base. */
function sourcesOf({ reader, params }: FastifyRequest): readonly string[] {
  const only: unknown = Reflect.get(Object(params), 'source')
  return (reader?.sources ?? []).filter((source) => only === undefined || source === only)
}

function addRoutes(server: FastifyInstance, options: ShareServerOptions): void {
  const { files, feed, logger, clock = Date.now } = options
  const nowSecond = (): number => Math.floor(clock() / 1_000)
  const unanswered = new StateLog({
    logger,
    level: 'warn',
    begins: 'Readers get 503: the shared hashes may lack the newest changes of known-hashes',
    ends: 'Readers get entries again',
    quietMs: UNANSWERED_QUIET_MS,
  })
  for (const base of ['', '/:source']) {
    const get = (
      path: string,
      shareRoute: ShareRoute,
      answer: (request: FastifyRequest, reader: Reader) => Promise<string | undefined> | string,
    ): void => {
      server.get(`${base}${path}`, { config: { shareRoute } }, async (request, reply) => {
        const { reader } = request
        // Not one of this client's, or none of ours: the same answer.
        if (reader === undefined || sourcesOf(request).length === 0) return problem(reply, 404)
        const xml = await answer(request, reader)
        return xml === undefined
          ? problem(reply, 503)
          : reply.type('application/xml; charset=utf-8').send(xml)
      })
    }
    get('/v2/status', 'status', ({ ip }, { name }) => statusXml(name, ip))
    get('/v2/members', 'members', (request) => membersXml(sourcesOf(request)))
    get('/v2/feedback/:type/reasons', 'reasons', () => reasonsXml())
    get('/v2/entries', 'entries', async (request, { view }) => {
      const range = rangeOf(Object(request.query), nowSecond())
      const topicId = await newest(feed, unanswered)
      if (topicId === undefined) return undefined
      // Changes that come from now on get later times than the range has.
      files.close(Math.min(range.to, nowSecond()))
      const source = base === '' ? undefined : sourcesOf(request)[0]
      const page = files.page({ view, source, ...range })
      request.sharedFiles = page.files.length
      return entriesXml(page, new WireIds(topicId), page.next && nextOf(range, page.next))
    })
  }
}

/** The topic's id, once all is read that it holds now: else a range that lacks the rest would be taken for complete. */
async function newest(feed: ShareServerOptions['feed'], unanswered: StateLog): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(CATCH_UP_MS)
  try {
    await unlessAborted(feed.catchUp(), timeout)
    const { topicId } = feed
    if (topicId === undefined) unanswered.note('the topic', 'not read yet, or in doubt: /readyz says which')
    return topicId
  } catch (error) {
    const why = timeout.aborted ? `not read to its end within ${CATCH_UP_MS} ms` : errorSummary(error)
    unanswered.note('the topic', why)
    return undefined
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not as it should be',
  401: 'The client or its password is not known',
  404: 'There is no such thing, or you may not see it',
  429: 'Too many requests',
  503: 'The known hashes can’t be read to their end now: try again',
}

/** An answer of RFC 9457. */
function problem(reply: FastifyReply, status: number, detail?: string): FastifyReply {
  const title =
    TITLES[status] ?? (status < 500 ? TITLES[400] : 'Something went wrong here: its log says what')
  if (status === 503) reply.header('retry-after', RETRY_SECONDS)
  return sendProblem(reply, {
    type: 'about:blank',
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
  })
}
