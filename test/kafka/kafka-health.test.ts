import { Writable } from 'node:stream'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { LogFailedError } from '../../src/log/log-faults.ts'
import { kafkaHealth } from '../../src/kafka/kafka-health.ts'
import { Health } from '../../src/telemetry/health.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'

test('readers without progress are one line in the log, however many, and readiness and a metric show them until they go on', async () => {
  const lines: string[] = []
  const destination = new Writable({
    write: (line: Buffer, _, written) => {
      lines.push(line.toString('utf8'))
      written()
    },
  })
  const health = new Health()
  const metrics = createMetrics({ ofProcess: false })
  const stalledPartitions = async (): Promise<number> =>
    (await metrics.stalledPartitions.get()).values[0].value
  const listener = kafkaHealth({
    metrics,
    health,
    logger: pino(destination),
  })
  const stalled = new Map([['known-hashes/0', 'at offset 1706 of 3507 for 30 s']])
  listener.onStalled(stalled)
  for (let partition = 0; partition < 5; partition++) {
    stalled.set(`reports/${partition}`, 'at offset 1 of 2 for 30 s')
    listener.onStalled(stalled)
  }
  expect(health.waitingFor).toEqual({
    progress: 'no progress in 6 partitions, the first: known-hashes/0 at offset 1706 of 3507 for 30 s',
  })
  expect(lines.filter((line) => line.includes('no progress'))).toHaveLength(1)
  expect(await stalledPartitions()).toBe(6)
  listener.onStalled(new Map())
  expect(await stalledPartitions()).toBe(0)
  expect(health.isReady).toBe(true)
})

test('readiness names the classes and codes of a failure, and never the words of a library', () => {
  const lines: string[] = []
  const health = new Health()
  const listener = kafkaHealth({
    metrics: createMetrics({ ofProcess: false }),
    health,
    logger: pino({}, { write: (line: string) => void lines.push(line) }),
  })
  const secret = 'https://someone:password@idp.internal'
  const inner = Object.assign(new Error(`connect to ${secret}`), { code: 'ECONNREFUSED', type: secret })
  inner.name = secret
  listener.onFailure(new LogFailedError(inner.message, { cause: inner }))
  expect(health.waitingFor).toEqual({
    kafka: 'LogFailedError (KAFKA_FAILED, ECONNREFUSED): the log says more',
  })
  listener.onFailure(inner)
  expect(health.waitingFor).toEqual({ kafka: 'Error (ECONNREFUSED): the log says more' })
  expect(lines.join('')).toContain('Kafka can’t be used')
})
