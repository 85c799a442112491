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
