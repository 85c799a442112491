// What has to be done again and again in the store: leases and sessions end, no case stays in a queue that is gone, and
// PostgreSQL learns what its tables hold.
import type { Logger } from '../telemetry/log.ts'
import { Repeated } from '../waiting/repeated.ts'
import type { ReviewService } from './review-service.ts'
import type { Sessions } from './sign-in/sessions.ts'
import type { StoreListener } from './store/store-listener.ts'

/** In milliseconds. */
const EXPIRE_EVERY_MS = 1_000
const SWEEP_EVERY_MS = 10_000
/** The look costs less than a millisecond. */
const ANALYZE_EVERY_MS = 2_000
/** Longer than a change of settings takes in all processes: the first that has new queues knows more than the others. */
const ADOPT_EVERY_MS = 3_600_000

export interface UpkeepOptions {
  readonly service: ReviewService
  readonly sessions: Sessions
  readonly store: StoreListener
  readonly logger: Logger
  readonly adoptEveryMs?: number
}

export function startUpkeep(options: UpkeepOptions): { stop(): Promise<void> } {
  const { service, sessions, store, logger, adoptEveryMs = ADOPT_EVERY_MS } = options
  const onFailure = (error: unknown): void => store.failed(error)
  const parts = [
    new Repeated({
      everyMs: EXPIRE_EVERY_MS,
      work: async () => {
        await service.expireLeases()
        store.reached()
      },
      onFailure,
    }),
    new Repeated({
      everyMs: SWEEP_EVERY_MS,
      work: async () => {
        for (const subject of await sessions.sweep()) await service.giveBackAll(subject, 'session-ended')
      },
      onFailure,
    }),
    new Repeated({ everyMs: ANALYZE_EVERY_MS, work: () => service.analyzeGrownTables(), onFailure }),
    // Not at the start alone: a process that still has the earlier settings may put cases into queues that are gone.
    new Repeated({
      everyMs: adoptEveryMs,
      work: async () => {
        const cases = await service.adoptCases()
        if (cases > 0)
          logger.warn(
            { cases },
            'The settings no longer name the queues of some cases: the last queue has them',
          )
      },
      onFailure,
    }),
  ]
  return {
    stop: async () => {
      await Promise.all(parts.map((part) => part.stop()))
    },
  }
}
