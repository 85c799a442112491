// What the real run of CI brings about.

/** The alerts that real-run.ts provokes on a real Prometheus. All others have recorded series (faults.ts). */
export const PROVOKED: readonly string[] = [
  'HashwardenCanaryGone',
  'HashwardenCanaryMissed',
  'HashwardenDeadLetters',
  'HashwardenKnownRejected',
  'HashwardenNotReady',
  'HashwardenProcessGone',
  'HashwardenReviewRecordsRefused',
]

/** Rules that are proven by scenarios alone: a fault of theirs is still to be recorded. */
export const UNRECORDED: readonly string[] = [
  'HashwardenListChangeWaits',
  'HashwardenListPagesRefused',
  'HashwardenListStale',
  'HashwardenListUnreadable',
  'HashwardenNoListSync',
]
