import { pino } from 'pino'
import { HeldRecords } from '../../../src/stream/live/held-records.ts'
import { Health } from '../../../src/telemetry/health.ts'
import type { Metrics } from '../../../src/telemetry/metrics.ts'

/** Held hits of a look back, for tests in which no topic refuses any. */
export const untold = (metrics: Metrics, hits = 'hits'): HeldRecords =>
  new HeldRecords({
    of: 'looking-back',
    topics: [hits],
    metrics,
    health: new Health(),
    logger: pino({ level: 'silent' }),
  })
