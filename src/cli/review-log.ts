// The parts of the review service that use Kafka: intake of hits, and the outbox. Kafka may be away.
import type { PartitionStatus } from '../contract/status.ts'
import type { KafkaListener } from '../kafka/kafka-log.ts'
import type { EventLog } from '../log/event-log.ts'
import type { FencedLog } from '../log/fenced-writer.ts'
import { startOutbox } from '../review/decisions/start-outbox.ts'
import { startIntake, type Intake } from '../review/intake/start-intake.ts'
import type { ReviewDatabase } from '../review/store/connect.ts'
import type { StoreListener } from '../review/store/store-listener.ts'
import type { Settings } from '../settings/settings.ts'
import { INTAKE_PART } from '../telemetry/health-parts.ts'
import { errorSummary } from '../telemetry/error-summary.ts'
import type { Telemetry } from './match-service.ts'
import { untilReachable } from './session.ts'

export interface LogPartsOptions extends Telemetry {
  readonly settings: Settings
  readonly log: EventLog & FencedLog
  readonly listener: KafkaListener
  readonly db: ReviewDatabase
  readonly store: StoreListener
}

interface Part {
  stop(): Promise<void>
}

export interface LogParts extends Part {
  /** The partitions of hits that this process reads, as far as they are known. */
  readonly partitions: readonly PartitionStatus[]
}

/** While Kafka or a topic is away, the listener says so, and each part is started again. */
export function startLogParts(options: LogPartsOptions): LogParts {
  const { settings, log, listener, db, metrics, health, logger, store } = options
  const stopping = new AbortController()
  let intake: Intake | undefined
  const { review, topics } = settings
  // Not silently: a process that takes no hits in is not ready.
  const fail = (error: unknown): void => {
    const why = errorSummary(error)
    health.failed(error)
    health.waitFor(INTAKE_PART, `ended by ${why}: restart this process`)
    logger.error({ why }, 'Hits do not become cases any more: restart this process')
  }
  const starting = untilReachable(listener, stopping.signal, async () => {
    intake = await startIntake({ log, db, settings: review, topics, metrics, logger, store })
  }).catch(fail)
  const outbox = startOutbox({ log, db, topics, group: review.group, metrics, logger, store })
  return {
    get partitions() {
      return intake?.partitions ?? []
    },
    stop: async () => {
      stopping.abort()
      await starting
      await Promise.all([intake?.stop(), outbox.stop()])
    },
  }
}
