// What an operator hears of the connection to Kafka: readiness, a counter, and a line when it fails and when it is back.
import { errorSummary } from '../telemetry/error-summary.ts'
import type { Health } from '../telemetry/health.ts'
import { KAFKA_PART, PROGRESS_PART } from '../telemetry/health-parts.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { StateLog } from '../telemetry/state-log.ts'
import type { KafkaListener } from './kafka-log.ts'

export interface KafkaHealthOptions {
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
}

/** Expired records that follow each other within this time, in milliseconds, are one line in the log. */
const EXPIRY_QUIET_MS = 60_000

export function kafkaHealth({ metrics, health, logger }: KafkaHealthOptions): KafkaListener {
  const level = 'error'
  const outage = new StateLog({
    logger,
    level,
    begins: 'Kafka can’t be used; trying again until it works',
    ends: 'Kafka is back',
  })
  const expiry = new StateLog({
    logger,
    level,
    begins: 'Records expired before they were read; going on from the earliest that are still there',
    ends: 'No more records expired before they were read',
    quietMs: EXPIRY_QUIET_MS,
  })
  const stall = new StateLog({
    logger,
    level,
    begins: 'Reading makes no progress although there is more to read: restart this process if it lasts',
    ends: 'Reading goes on in every partition',
  })
  return {
    onStalled: (partitions) => {
      metrics.stalledPartitions.set(partitions.size)
      stall.set(partitions)
      const [first] = partitions
      if (first === undefined) health.ready(PROGRESS_PART)
      else
        health.waitFor(
          PROGRESS_PART,
          `no progress in ${partitions.size} partitions, the first: ${first.join(' ')}`,
        )
    },
    onFailure: (error) => {
      metrics.connectionFailures.inc()
      health.failed(error)
      health.waitFor(KAFKA_PART, `${errorSummary(error)}: the log says more`)
      outage.enter('Kafka', error.message)
    },
    onRecovery: () => {
      outage.leave('Kafka')
      health.ready(KAFKA_PART)
    },
    onOffsetOutOfRange: () => {
      metrics.offsetOutOfRange.inc()
      expiry.note('reports', 'the offset to read next is out of range')
    },
  }
}
