// The faults that provoke alerts for real, and which alerts fire then. `record.ts` brings them about and keeps the series;
// `run.ts` holds the rules against these.

export interface ExpectedFault {
  /** How it is provoked. */
  readonly how: string
  /** How long it is recorded, in seconds, and how much of the end of that shows how it goes on. */
  readonly seconds: number
  readonly steadySeconds?: number
  /** How long all was well before; an hour if left out. */
  readonly quietHours?: number
  /** Between two scrapes that the rules see; 15 s if left out. With 5 min the series last for days. */
  readonly scrape?: '5m'
  /** Gauges that go on growing as they did while the fault was recorded. */
  readonly growing?: readonly string[]
  /** This long after the fault exactly these alerts fire, without `Hashwarden`. None fires that stands nowhere here. */
  readonly firing: Readonly<Record<string, readonly string[]>>
}

const faults = {
  'killed-matcher': {
    how: 'One of two matchers is killed, and not started again.',
    seconds: 60,
    firing: { '4m': ['ProcessGone'], '15m': ['FewerProcesses', 'ProcessGone'] },
  },
  'killed-matchers': {
    how: 'Both matchers are killed.',
    seconds: 45,
    firing: { '5m': ['NoMatcher', 'ProcessGone'] },
  },
  'foreign-member': {
    how: 'A program that is no matcher joins the group, gets partitions, and does nothing with them.',
    seconds: 75,
    firing: {
      '10m': ['PartitionUnwatched', 'ReportsWait'],
      '2h': ['PartitionUnwatched', 'ReportsOftenWait', 'ReportsWait', 'RetroWaits'],
    },
  },
  'restarted-matcher': {
    how: 'A matcher is killed and started again.',
    seconds: 60,
    firing: { '5m': ['Restarted'], '20m': [] },
  },
  'open-transaction': {
    how: 'A producer opens a transaction in a partition of reports, and never ends it.',
    seconds: 75,
    firing: {
      '10m': ['CanaryLate', 'MatchingLate', 'NotReady', 'ReaderStalled'],
      '20m': ['CanaryLate', 'MatchingLate', 'NotReady', 'ReaderStalled', 'RetroWaits'],
      '2h': ['CanaryLate', 'MatchingLate', 'MatchingOftenLate', 'NotReady', 'ReaderStalled', 'RetroWaits'],
    },
  },
  'canary-removed': {
    how: 'The canary of PDQ is removed from the list.',
    seconds: 45,
    firing: { '5m': ['CanaryGone', 'CanaryMissed', 'MatchingLate', 'NotReady'] },
  },
  'foreign-records': {
    how: 'Records that are no reports, no entries and no hits are written to their topics.',
    seconds: 45,
    firing: { '5m': ['DeadLetters', 'KnownRejected', 'ReviewRecordsRefused'], '60m': [] },
  },
  'list-shrunk': {
    how: 'Thirty of fifty entries of the list are withdrawn.',
    seconds: 30,
    firing: { '10m': ['KnownSetShrunk'] },
  },
  'other-list': {
    how: 'A matcher is started with another topic of known hashes: a list with as many records, and half of the entries.',
    seconds: 45,
    firing: {
      '5m': ['KnownSetsDiffer', 'Restarted', 'SnapshotRefused'],
      '20m': ['KnownSetBehind', 'KnownSetsDiffer', 'SnapshotRefused'],
    },
  },
  'deaf-to-the-list': {
    how: 'The reader of known-hashes of one matcher does not go on.',
    seconds: 90,
    firing: { '10m': ['KnownSetBehind', 'Restarted'], '20m': ['KnownSetBehind'] },
  },
  'other-policy': {
    how: 'A matcher is started again with another policy.',
    seconds: 60,
    firing: { '13m': ['PoliciesDiffer', 'Restarted'], '20m': ['PoliciesDiffer'] },
  },
  'hanging-thread': {
    how: 'A report makes the matcher thread hang that meets it first.',
    seconds: 90,
    firing: { '10m': ['ThreadSilent'] },
  },
  'dying-thread': {
    how: 'A report makes the matcher thread die that meets it first.',
    seconds: 60,
    firing: { '5m': ['ThreadDeaths'] },
  },
  'nothing-comes': {
    how: 'Platforms and importers send nothing any more, and no reviewer decides.',
    seconds: 45,
    quietHours: 2,
    scrape: '5m',
    firing: {
      '20h': [],
      '27h': ['CaseTooOld', 'Silence'],
      '75h': ['CaseTooOld', 'ListsUnchanged', 'Silence'],
    },
  },
  'leaking-memory': {
    how: 'Both matchers keep four megabytes more every second.',
    seconds: 60,
    quietHours: 9,
    scrape: '5m',
    growing: ['process_resident_memory_bytes'],
    firing: { '9h': ['MemoryGrows'] },
  },
  'flapping-member': {
    how: 'A member of the group joins and leaves every five seconds, and does nothing meanwhile.',
    seconds: 75,
    firing: { '30m': ['PartitionUnwatched', 'Rebalances', 'ReportsWait', 'RetroWaits'] },
  },
  'broker-away': {
    how: 'The only broker is stopped.',
    seconds: 120,
    steadySeconds: 60,
    firing: {
      '5m': ['CanaryLate', 'MatchingLate', 'NotReady'],
      '40m': ['CanaryLate', 'KafkaUnsteady', 'MatchingLate', 'NotReady'],
    },
  },
  'damaged-snapshot': {
    how: 'A matcher is killed, half of its snapshot is cut off, and it is started again with a log that has no room left.',
    seconds: 45,
    firing: { '5m': ['LogLinesLost', 'Restarted', 'SnapshotRefused'] },
  },
  'no-room-for-snapshots': {
    how: 'The folder of a matcher’s snapshots is removed.',
    seconds: 30,
    firing: { '5m': ['SnapshotFailing'] },
  },
  'hits-refused': {
    how: 'The topic of hits takes no record that is longer than a hundred bytes.',
    seconds: 90,
    firing: { '10m': ['CanaryLate', 'HitsRefused', 'MatchingLate', 'NotReady', 'ReportsWait'] },
  },
  'reports-expired': {
    how: 'Both matchers are stopped, the records of the topic of reports are deleted, and the matchers are started again.',
    seconds: 60,
    firing: { '5m': ['ReportsExpired', 'Restarted'] },
  },
  'slow-hits': {
    how: 'Each batch of hits takes the brokers eleven seconds.',
    seconds: 90,
    steadySeconds: 60,
    firing: { '3m': ['MatchingLate'], '10m': ['HitsLate', 'MatchingLate'] },
  },
  'decisions-refused': {
    how: 'The topics of decisions, outcomes and checkpoints take no record that is longer than a hundred bytes, while a reviewer decides.',
    seconds: 90,
    firing: { '30m': ['AuditUncovered', 'DecisionsWait'] },
  },
  'sync-killed': {
    how: 'The daemon that keeps lists up to date is killed, and not started again.',
    seconds: 60,
    firing: { '20m': ['NoListSync', 'ProcessGone'] },
  },
  'list-refused': {
    how: 'The server of a list refuses the credential.',
    seconds: 75,
    firing: { '10m': ['ListStale'], '20m': ['ListStale', 'ListUnreadable'] },
  },
  'list-damaged': {
    how: 'The server of a list sends files that are cut off.',
    seconds: 75,
    firing: {
      '3m': ['ListPagesRefused'],
      '10m': ['ListPagesRefused', 'ListStale'],
      '20m': ['ListStale', 'ListUnreadable'],
    },
  },
  'list-bent': {
    how: 'The server of a list sends every fifth record with a value that is none.',
    seconds: 75,
    firing: {
      '3m': ['ListRecordsRefused'],
      // What the list lacks may be in these records, so its removals wait, and it is not taken for read.
      '10m': ['ListRecordsRefused', 'ListStale'],
      '20m': ['ListStale', 'ListUnreadable'],
    },
  },
  'list-halved': {
    how: 'The server of a list sends half of it.',
    seconds: 60,
    firing: { '10m': ['ListChangeWaits', 'ListStale'] },
  },
  'client-locked-out': {
    how: 'A client that reads what we share has another password than the one whose hash is here.',
    seconds: 45,
    firing: { '5m': ['ShareRefused'] },
  },
  'deaf-sharing': {
    how: 'The reader of known-hashes of the process that shares them does not go on, while lists change and a client asks.',
    seconds: 75,
    firing: { '10m': ['ShareBehind'], '30m': ['ShareBehind', 'ShareFailing'] },
  },
  'probed-gateway': {
    how: 'An account of a platform sends 80 altered copies of one picture by the gateway.',
    seconds: 45,
    firing: { '5m': ['GatewayProbing'] },
  },
  'greedy-platform': {
    how: 'A platform goes on sending ten times its quota to the gateway.',
    seconds: 60,
    firing: { '10m': [], '30m': ['GatewayThrottling'] },
  },
  'full-gateway': {
    how: 'A client fills the memory of the gateway with requests that do not end.',
    seconds: 60,
    firing: { '20m': ['GatewayRefusing'] },
  },
  'no-database': {
    how: 'PostgreSQL is stopped.',
    seconds: 60,
    firing: { '5m': ['NotReady'], '30m': ['IntakeBehind', 'NotReady'] },
  },
} satisfies Record<string, ExpectedFault>

export type FaultName = keyof typeof faults

export const FAULTS: Readonly<Record<FaultName, ExpectedFault>> = faults

/** All faults, by name. */
// The keys of the object above.
export const FAULT_ENTRIES = Object.entries(FAULTS) as readonly (readonly [FaultName, ExpectedFault])[]
