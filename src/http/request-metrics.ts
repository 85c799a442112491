// Counts the requests that a server answers, and how long they take: by the template of the route, never by a part of the
// address that a client has chosen.
import type { FastifyInstance } from 'fastify'
import type { Counter, Histogram } from 'prom-client'

const STATUSES = ['2xx', '3xx', '4xx', '5xx'] as const
/** What no route has: pages that a server shows at any address, and addresses of nothing. Any method is one label. */
const NO_ROUTE = { route: 'none', method: 'any' } as const

export interface RequestMetrics {
  readonly requests: Counter<'route' | 'method' | 'status'>
  readonly requestSeconds: Histogram<'route'>
}

/**
 * Call it before the first route is added: the series of each begin at 0. `endless` is a route whose answers last as long as
 * the client likes: they are counted, not timed.
 */
export function measureRequests(
  server: FastifyInstance,
  { requests, requestSeconds }: RequestMetrics,
  endless?: string,
): void {
  const begin = (route: string, method: string): void => {
    for (const status of STATUSES) requests.inc({ route, method, status }, 0)
    if (route !== endless) requestSeconds.zero({ route })
  }
  begin(NO_ROUTE.route, NO_ROUTE.method)
  server.addHook('onRoute', ({ url, method }) => {
    for (const one of [method].flat()) begin(url, one)
  })
  server.addHook('onRequest', async (request, reply) => {
    // `onResponse` leaves out streams that clients break off.
    reply.raw.once('close', () => {
      // The client has gone away before there was an answer.
      if (!reply.raw.headersSent) return
      const { url } = request.routeOptions
      const { route, method } =
        request.is404 || url === undefined ? NO_ROUTE : { route: url, method: request.method }
      requests.inc({ route, method, status: `${Math.floor(reply.raw.statusCode / 100)}xx` })
      if (route !== endless) requestSeconds.observe({ route }, reply.elapsedTime / 1_000)
    })
  })
}
