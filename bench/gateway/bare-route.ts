// What the gateway is measured beside: a Fastify route that parses the same bodies, checks every report, and answers 202.
import { fastify } from 'fastify'
import { Rejection } from '../../src/contract/rejection.ts'
import { checkReport } from '../../src/contract/report.ts'

const server = fastify({ bodyLimit: 8 * 1024 * 1024 })
server.post('/v1/reports', async (request, reply) => {
  const reports = request.body
  if (
    !Array.isArray(reports) ||
    reports.some((report) => checkReport({ ...report, platform: 'bench' }) instanceof Rejection)
  )
    return reply.code(400).send()
  return reply.code(202).send({ accepted: reports.length, repeated: 0 })
})
const url = await server.listen({ host: '127.0.0.1', port: 0 })
process.send?.({ url })
process.once('disconnect', () => process.exit())
