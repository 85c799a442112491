// What a problem of the deployment means for reports, and which runbook says what to do.
import type { FleetProblem, ProblemCode } from '../../contract/fleet.ts'

interface ProblemWords {
  readonly meaning: string
  /** The alert that its runbook is named after. */
  readonly runbook: string
}

export const PROBLEM_WORDS: Readonly<Record<ProblemCode, ProblemWords>> = {
  'no-matcher': {
    meaning: 'Reports wait in Kafka and none of them is matched until a matcher runs again.',
    runbook: 'HashwardenNoMatcher',
  },
  'partition-unowned': {
    meaning: 'Reports in it wait and are not matched, however quiet it looks.',
    runbook: 'HashwardenPartitionUnwatched',
  },
  lag: {
    meaning: 'Matching is slower than reports come, or stands still there. Nothing is lost.',
    runbook: 'HashwardenReportsWait',
  },
  'policies-differ': {
    meaning: 'The same report makes a hit on one matcher and none on another. Give all the same policy file.',
    runbook: 'HashwardenPoliciesDiffer',
  },
  'sets-differ': {
    meaning: 'A matcher with a wrong known set misses known material. Start the one that differs again.',
    runbook: 'HashwardenKnownSetsDiffer',
  },
  'set-behind': {
    meaning: 'What was added to the lists goes unmatched in the partitions of this process.',
    runbook: 'HashwardenKnownSetBehind',
  },
  'process-silent': {
    meaning: 'Its partitions wait until the group gives them to another process.',
    runbook: 'HashwardenProcessGone',
  },
  'hits-held': {
    meaning:
      'What was found waits in Kafka’s partitions and reaches no reviewer until the topic takes it. Nothing is lost.',
    runbook: 'HashwardenHitsRefused',
  },
  'not-ready': {
    meaning: 'Some of its work waits for the parts that are named.',
    runbook: 'HashwardenNotReady',
  },
  'partition-contested': {
    meaning: 'Reports may be matched twice for a moment. Hits are merged by their id.',
    runbook: 'HashwardenRebalances',
  },
  'intake-lag': {
    meaning: 'Hits were found that reviewers do not see yet.',
    runbook: 'HashwardenIntakeBehind',
  },
  outbox: {
    meaning: 'Decisions are kept in the review store and have not reached Kafka.',
    runbook: 'HashwardenDecisionsWait',
  },
  'no-sync': {
    meaning:
      'What the sources of your lists add is not known here and goes unmatched; what they withdraw stays.',
    runbook: 'HashwardenNoListSync',
  },
  'list-stale': {
    meaning: 'What its source has added since is not known here and goes unmatched; what it withdrew stays.',
    runbook: 'HashwardenListStale',
  },
  'list-unreadable': {
    meaning: 'Nothing of the list is lost or changed. What its source adds meanwhile goes unmatched.',
    runbook: 'HashwardenListUnreadable',
  },
  'list-waits': {
    meaning:
      'Nothing of it is applied before a supervisor or an operator approves or refuses it on the Lists page.',
    runbook: 'HashwardenListChangeWaits',
  },
  'broker-unknown': {
    meaning: 'Lag may grow unseen: do not take these figures for the present.',
    runbook: 'HashwardenKafkaUnsteady',
  },
  'versions-differ': {
    meaning: 'Expected while an upgrade is under way.',
    runbook: 'HashwardenRestarted',
  },
  'last-error': {
    meaning: 'It is tried again by itself. The log of the process has the whole error.',
    runbook: 'HashwardenKafkaUnsteady',
  },
  stopping: {
    meaning: 'Other processes of its group take over its partitions.',
    runbook: 'HashwardenFewerProcesses',
  },
}

/** A sign and a word for each: the colour only repeats them. */
export const SEVERITY_WORDS: Readonly<
  Record<FleetProblem['severity'], { readonly sign: string; readonly word: string }>
> = {
  urgent: { sign: '✕', word: 'Now' },
  warning: { sign: '▲', word: 'Soon' },
  note: { sign: 'i', word: 'Note' },
}
