// Keeps one publisher of the outbox running among all processes of the review service.
import type { Kysely } from 'kysely'
import type { EventLog } from '../../log/event-log.ts'
import type { FencedLog } from '../../log/fenced-writer.ts'
import type { Settings } from '../../settings/settings.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { Backoff } from '../../waiting/backoff.ts'
import { pause } from '../../waiting/pause.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import { whileHeld } from '../store/held-lock.ts'
import { isStoreAway } from '../store/store-away.ts'
import type { StoreListener } from '../store/store-listener.ts'
import type { Tables } from '../store/tables.ts'
import { OutboxPublisher } from './outbox-publisher.ts'

/** Who holds this advisory lock of the database publishes. Any number that nothing else uses. */
const PUBLISHER_LOCK = 7_239_002
/** A record waits for up to this time once it is due, in milliseconds. */
const LOOK_EVERY_MS = 250
/** A process that does not publish asks this often whether it should, in milliseconds. */
const STANDBY_MS = 2_000
const BACKOFF_MS = [250, 500, 1_000, 2_000, 5_000]

export interface OutboxOptions {
  readonly log: EventLog & FencedLog
  readonly db: ReviewDatabase
  readonly topics: Pick<Settings['topics'], 'decisions' | 'outcomes' | 'auditCheckpoints'>
  /** Of the review service: the transactional id follows from it, so each deployment has its own. */
  readonly group: string
  readonly metrics: Metrics
  readonly logger: Logger
  readonly store: StoreListener
}

/** Kafka and PostgreSQL may be away. `stop` resolves when the records in flight are in their topics, or have failed. */
export function startOutbox(options: OutboxOptions): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const running = keepPublishing(options, stopping.signal)
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

async function keepPublishing(options: OutboxOptions, signal: AbortSignal): Promise<void> {
  const { db, logger, store } = options
  const backoff = new Backoff(BACKOFF_MS)
  const trouble = new StateLog({
    logger,
    level: 'error',
    begins: 'Decisions can’t be published; they wait in the store and are tried again',
    ends: 'Decisions are published again',
  })
  const onSuccess = (): void => {
    backoff.reset()
    trouble.leave('outbox')
  }
  while (!signal.aborted) {
    try {
      const published = await whileHeld(db, PUBLISHER_LOCK, (held) =>
        publish(options, held, signal, onSuccess),
      )
      if (!published) await pause(STANDBY_MS, signal)
    } catch (error) {
      if (signal.aborted) return
      if (isStoreAway(error)) store.failed(error)
      else trouble.enter('outbox', reasonOf(error))
      await pause(backoff.nextMs(), signal)
    }
  }
}

/** Kafka's failures are explained in words; a message of PostgreSQL may hold a value of a row. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && !('severity' in error) ? error.message : errorSummary(error)

/** Until `signal` aborts. `held` is the connection that holds the lock. */
async function publish(
  options: OutboxOptions,
  held: Kysely<Tables>,
  signal: AbortSignal,
  onSuccess: () => void,
): Promise<void> {
  const { log, topics, group, metrics } = options
  const publisher = new OutboxPublisher({
    db: held,
    log,
    topics: {
      decisions: topics.decisions,
      outcomes: topics.outcomes,
      'audit-checkpoints': topics.auditCheckpoints,
    },
    transactionalId: `${group}-outbox`,
  })
  try {
    while (!signal.aborted) {
      const count = await publisher.publish()
      onSuccess()
      metrics.outboxSent.inc(count)
      if (count === 0) await pause(LOOK_EVERY_MS, signal)
    }
  } finally {
    await publisher.close()
  }
}
