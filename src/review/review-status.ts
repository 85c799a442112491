// What the review service says of itself, out of what its gauges know.
import type { PartitionStatus, ReviewStatus } from '../contract/status.ts'
import { greatestOf, metricsOf, sumOf, withoutUnknown } from '../stream/status/counted.ts'
import type { Metrics } from '../telemetry/metrics.ts'

const UNDECIDED = 'hashwarden_review_open_cases'
const LEASED = 'hashwarden_review_leased_cases'
const DECIDED = 'hashwarden_review_decided_cases'
const OLDEST = 'hashwarden_review_oldest_case_seconds'
const OUTBOX = 'hashwarden_outbox_records'
const OUTBOX_AGE = 'hashwarden_outbox_age_seconds'

export interface ReviewStatusOptions {
  readonly group: string
  readonly metrics: Metrics
  readonly partitions: readonly PartitionStatus[]
}

export async function reviewStatus({
  group,
  metrics,
  partitions,
}: ReviewStatusOptions): Promise<ReviewStatus> {
  const list = await metricsOf(metrics.registry, [UNDECIDED, LEASED, DECIDED, OLDEST, OUTBOX, OUTBOX_AGE])
  // The outbox has a series once the store was looked at: then a queue without one has no case.
  const isLooked = sumOf([list], OUTBOX) !== undefined
  const ofStore = (value: number | undefined): number | undefined => value ?? (isLooked ? 0 : undefined)
  const undecided = ofStore(sumOf([list], UNDECIDED))
  const leased = ofStore(sumOf([list], LEASED))
  return {
    group,
    partitions: [...partitions],
    ...withoutUnknown({
      openCases: undecided === undefined || leased === undefined ? undefined : undecided - leased,
      leasedCases: leased,
      decidedCases: ofStore(sumOf([list], DECIDED)),
      oldestCaseSeconds: ofStore(greatestOf([list], OLDEST)),
      outboxRecords: sumOf([list], OUTBOX),
      outboxSeconds: isLooked ? greatestOf([list], OUTBOX_AGE) : undefined,
    }),
  }
}
