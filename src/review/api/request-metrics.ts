// Counts the requests that the server answers, and how long they take: by the template of the route, never by a part of the
// address that a client has chosen.
import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../../telemetry/metrics.ts'
import { EVENTS_PATH } from './identity.ts'

const STATUSES = ['2xx', '3xx', '4xx', '5xx'] as const
/** What no route has: pages of the console, which it shows at any address, and addresses of nothing. Any method is one label. */
const NO_ROUTE = { route: 'none', method: 'any' } as const

export type RequestMetrics = Pick<Metrics, 'reviewRequests' | 'reviewRequestSeconds'>

/** Call it before the first route is added: the series of each begin at 0. */
export function measureRequests(server: FastifyInstance, metrics: RequestMetrics): void {
  const { reviewRequests, reviewRequestSeconds } = metrics
  const begin = (route: string, method: string): void => {
    for (const status of STATUSES) reviewRequests.inc({ route, method, status }, 0)
    if (route !== EVENTS_PATH) reviewRequestSeconds.zero({ route })
  }
  begin(NO_ROUTE.route, NO_ROUTE.method)
  server.addHook('onRoute', ({ url, method }) => {
    for (const one of [method].flat()) begin(url, one)
  })
  server.addHook('onRequest', async (request, reply) => {
    // `onResponse` leaves out the streams of events, which browsers break off.
    reply.raw.once('close', () => {
      // The client has gone away before there was an answer.
      if (!reply.raw.headersSent) return
      const { url } = request.routeOptions
      const { route, method } =
        request.is404 || url === undefined ? NO_ROUTE : { route: url, method: request.method }
      reviewRequests.inc({ route, method, status: `${Math.floor(reply.raw.statusCode / 100)}xx` })
      if (route !== EVENTS_PATH) reviewRequestSeconds.observe({ route }, reply.elapsedTime / 1_000)
    })
  })
}
