// The room's HTTP server: routes of the API, the sign-in, the console's pages, and what guards all of them.
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import { maxHeaderSize } from 'node:http'
import { isIP } from 'node:net'
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify'
import { measureRequests } from '../../http/request-metrics.ts'
import type { ReviewSettings } from '../../settings/review-settings.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { RunningAudit } from '../audit/start-audit.ts'
import type { Lists } from '../curation/running-lists.ts'
import type { Operations } from '../operations/running-operations.ts'
import { ReviewProblem } from '../problems.ts'
import type { ReviewService } from '../review-service.ts'
import { SignInSettingsError } from '../sign-in/development.ts'
import { IdentityProvider } from '../sign-in/provider.ts'
import { Sessions, type Recheck } from '../sign-in/sessions.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import type { Announcements } from './announcements.ts'
import { addRoute } from './add-route.ts'
import { EVENTS_PATH, identityOf } from './identity.ts'
import { LookUpLimit } from './look-up-limit.ts'
import { addPages } from './pages.ts'
import { answerProblem, asProblem } from './problem-answer.ts'
import { apiRoutes } from './routes/api-routes.ts'
import { HELMET, PERMISSIONS_POLICY } from './security-headers.ts'
import { addRunbooks } from './runbooks.ts'
import { addSignIn } from './sign-in-routes.ts'
import { guardSite, isApi, siteOf, type Site } from './site-guard.ts'
import { readableUrl } from './readable-url.ts'

/** Bytes: a decision that names a thousand hits and has the longest reason and note. */
const BODY_MAX = 128 * 1024
/** Milliseconds for a whole request to arrive, so that a client that sends it byte by byte holds no connection for long. */
const REQUEST_MS = 30_000
/** Requests of one person in a minute. Someone who decides each second makes about 300, and a page refreshes itself. */
const PER_MINUTE = 1_500

export interface ReviewServerOptions {
  readonly settings: ReviewSettings
  readonly db: ReviewDatabase
  readonly service: ReviewService
  readonly announcements: Announcements
  readonly audit: Pick<RunningAudit, 'make' | 'verify'>
  readonly operations: Operations
  readonly lists: Lists
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'reviewRequests' | 'reviewRequestSeconds'>
  /** The built console. */
  readonly consoleFolder: string
}

export interface ReviewServer {
  /** Where browsers reach it. */
  readonly url: string
  readonly sessions: Sessions
  close(): Promise<void>
}

/** Check the sign-in first: usesDevelopmentSignIn. */
export async function serveReview(options: ReviewServerOptions): Promise<ReviewServer> {
  const { settings, db, logger } = options
  const { host, port, publicUrl, signIn } = settings
  checkAddresses(settings)
  const server = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: BODY_MAX,
    exposeHeadRoutes: false,
    // The schemas of paths bound their parts. What the framework itself refuses passes no guard, and it quotes the path.
    routerOptions: { maxParamLength: maxHeaderSize },
    rewriteUrl: ({ url = '' }) => readableUrl(url),
    trustProxy: trustedProxies(settings),
    requestTimeout: REQUEST_MS,
  })
  let site: Site = { hosts: new Set(), origins: new Set() }
  let url = publicUrl ?? ''
  const provider = signIn && new IdentityProvider({ settings: signIn, db, logger })
  const sessions = new Sessions(db, provider && recheckBy(provider))
  const parts = { ...options, sessions, provider, publicUrl: () => url, lookUps: new LookUpLimit() }
  const { reviewRequests, reviewRequestSeconds } = options.metrics
  measureRequests(server, { requests: reviewRequests, requestSeconds: reviewRequestSeconds }, EVENTS_PATH)
  await addGuards(server, parts, () => site)
  await server.register((scope) => addSignIn(scope, parts))
  for (const route of apiRoutes(parts)) addRoute(server, route)
  addRunbooks(server)
  await addPages(server, options.consoleFolder)
  const listening = new URL(await server.listen({ host, port }))
  site = siteOf(host, Number(listening.port), publicUrl)
  url = (publicUrl ?? listening.href).replace(/\/$/, '')
  return { url, sessions, close: () => server.close() }
}

const recheckBy = (provider: IdentityProvider): Recheck => ({
  everyMs: provider.recheckEveryMs,
  ask: (refreshToken, person) => provider.recheck(refreshToken, person),
})

/** Behind a proxy browsers see another address, and cookies of `__Host-` need TLS there. */
function checkAddresses({ host, publicUrl, signIn }: ReviewSettings): void {
  if (signIn && signIn.apiAudience === signIn.clientId)
    throw new SignInSettingsError(
      'review.signIn.apiAudience has to be another name than clientId: ID tokens are for that one',
    )
  const isAnyAddress = host === '0.0.0.0' || host === '::'
  if (publicUrl === undefined && isAnyAddress)
    throw new SignInSettingsError(
      `review.host is ${host}: set review.publicUrl to the address that browsers see`,
    )
  if (publicUrl === undefined) return
  const { protocol, hostname, pathname } = new URL(publicUrl)
  const isSecure = protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  if (!isSecure || pathname !== '/')
    throw new SignInSettingsError('review.publicUrl has to begin with https:// and to have no path')
}

/** The proxies whose X-Forwarded-For names the client, by whose address requests are limited. From others that header is not read. */
function trustedProxies({ trustProxy = [] }: ReviewSettings): string[] | false {
  const wrong = trustProxy.find((one) => !isNetwork(one))
  if (wrong !== undefined)
    throw new SignInSettingsError(
      `review.trustProxy: ${wrong} is neither an IP address nor a network such as 10.0.0.0/8`,
    )
  return trustProxy.length > 0 && [...trustProxy]
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

interface GuardParts {
  readonly logger: Logger
  readonly sessions: Sessions
  readonly provider: IdentityProvider | undefined
  readonly lookUps: LookUpLimit
}

async function addGuards(server: FastifyInstance, parts: GuardParts, site: () => Site): Promise<void> {
  server.removeContentTypeParser('text/plain')
  server.setErrorHandler(async (error, request, reply) =>
    answerProblem(reply, asProblem(error, parts.logger, routeOf(request))),
  )
  await server.register(helmet, HELMET)
  await server.register(cookie)
  server.decorateRequest('identity', undefined)
  server.addHook('onRequest', async (request, reply) => {
    reply.header('permissions-policy', PERMISSIONS_POLICY)
    guardSite(request, site())
    if (isApi(request.url)) request.identity = await identityOf(request, parts)
  })
  await server.register(rateLimit, {
    // After the hook above: by person, not by address, which many may share.
    hook: 'preParsing',
    max: PER_MINUTE,
    timeWindow: 60_000,
    keyGenerator: ({ identity, ip }) => (identity ? `person ${identity.person.subject}` : `address ${ip}`),
    errorResponseBuilder: () => new ReviewProblem('too-many-requests'),
  })
}

/** Its pattern: no part of the address. */
const routeOf = ({ method, routeOptions }: FastifyRequest): string =>
  `${method} ${routeOptions.url ?? '(none)'}`
