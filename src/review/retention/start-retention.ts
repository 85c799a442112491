// Retires hits and cases in the background, in small steps.
import type { ReviewSettings } from '../../settings/review-settings.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { pause } from '../../waiting/pause.ts'
import { Repeated } from '../../waiting/repeated.ts'
import { storeClock, type ReviewContext } from '../review-context.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import type { StoreListener } from '../store/store-listener.ts'
import { retireStep } from './retire-hits.ts'

/** Days count, not minutes. */
const LOOK_EVERY_MS = 10 * 60_000
/** Between two steps, in milliseconds: reviewers come first. */
const REST_MS = 200

export interface RetentionOptions {
  readonly db: ReviewDatabase
  readonly settings: ReviewSettings
  readonly metrics: Metrics
  readonly store: StoreListener
  /** PostgreSQL's clock, if it is left out. */
  readonly clock?: ReviewContext['clock']
}

export function startRetention(options: RetentionOptions): { stop(): Promise<void> } {
  const { db, settings, metrics, store, clock = storeClock } = options
  return new Repeated({
    everyMs: LOOK_EVERY_MS,
    work: async (signal) => {
      while (!signal.aborted) {
        const { hits, cases } = await retireStep({ db, settings, clock })
        metrics.reviewRetired.inc(hits)
        if (hits === 0 && cases === 0) return
        await pause(REST_MS, signal)
      }
    },
    onFailure: (error) => store.failed(error),
  })
}
