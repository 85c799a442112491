// What an operator hears of the readers of a gateway's log.
import type { KafkaListener } from '../kafka/kafka-log.ts'
import { errorSummary } from '../telemetry/error-summary.ts'
import { StateLog } from '../telemetry/state-log.ts'
import type { Telemetry } from './match-service.ts'

/** Failures that follow each other within this time, in milliseconds, are one line in the log. */
const READER_QUIET_MS = 60_000

/**
 * Of the log's readers, which count the gateways and follow the API keys: their trouble keeps no report away and makes nothing
 * unready. Whether reports can be written says KafkaState, whether keys are read KeyTopic.
 */
export function readerListener({
  logger,
  metrics,
}: Pick<Telemetry, 'logger' | 'metrics'>): Partial<KafkaListener> {
  const trouble = new StateLog({
    logger,
    level: 'warn',
    begins:
      'The topics of statuses and keys can’t be read well, so quotas may be shared by a wrong number of gateways',
    ends: 'The topics of statuses and keys have been read without trouble for a minute',
    quietMs: READER_QUIET_MS,
  })
  return {
    onFailure: (error) => {
      metrics.connectionFailures.inc()
      trouble.note('status', errorSummary(error))
    },
  }
}
