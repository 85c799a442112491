// The HTTP server of a matcher: /metrics, /healthz and /readyz.
import { fastify, type FastifyReply } from 'fastify'
import type { Health } from './health.ts'
import { AggregatorRegistry } from 'prom-client'
import type { Metrics } from './metrics.ts'
import type { MeasuredMetric } from './thread-totals.ts'

export interface TelemetryServer {
  /** Where it listens, for example `http://127.0.0.1:9464`. */
  readonly url: string
  close(): Promise<void>
}

/** Metrics of a process's threads, one list for each: see ThreadTotals. */
export type ThreadMetrics = () => Promise<readonly (readonly MeasuredMetric[])[]>

/** An answer of the framework's own would quote the address, and a person may have pasted anything into it. */
const nothing = (reply: FastifyReply): FastifyReply => reply.code(404).send({ status: 'not found' })

/** Serves `/metrics` (Prometheus text), `/healthz` (the process lives) and `/readyz` (it does its work). */
export async function serveTelemetry(
  metrics: Metrics,
  health: Health,
  { host, port }: { readonly host: string; readonly port: number },
  threadMetrics: ThreadMetrics = () => Promise.resolve([]),
): Promise<TelemetryServer> {
  const server = fastify({
    logger: false,
    forceCloseConnections: true,
    frameworkErrors: (_error, _request, reply) => void nothing(reply),
  })
  server.setNotFoundHandler((_request, reply) => nothing(reply))
  server.get('/metrics', async (_request, reply) => {
    const ofThreads = await threadMetrics()
    const own = await metrics.registry.getMetricsAsJSON()
    const all = AggregatorRegistry.aggregate([own, ...ofThreads])
    return reply.type(metrics.registry.contentType).send(await all.metrics())
  })
  server.get('/healthz', () => ({ status: 'alive' }))
  server.get('/readyz', (_request, reply) =>
    reply
      .code(health.isReady ? 200 : 503)
      .send(health.isReady ? { status: 'ready' } : { status: 'waiting', waitingFor: health.waitingFor }),
  )
  const url = await server.listen({ host, port })
  return { url, close: () => server.close() }
}
