// The picture of all processes that `hashwarden top --json` prints, and that the operations page draws. Never a hash of a
// file, a reference or an identity.
import { Type, type Static } from 'typebox'
import { Count, PlatformName, SourceName, Timestamp } from './primitives.ts'
import { PartitionStatus, Refusals, Status } from './status.ts'

const Amount = Type.Number({ minimum: 0 })
const strict = { additionalProperties: false } as const

/** Where a process stands, for those who only hear it. */
const PROCESS_STATES = ['running', 'stopping', 'silent'] as const

const FleetProcess = Type.Object(
  {
    state: Type.Enum([...PROCESS_STATES], {
      description: 'silent: gone, frozen, or cut off from Kafka. Its last status says how it was before.',
    }),
    heardSeconds: { ...Amount, description: 'Time since its last record.' },
    status: Status,
  },
  strict,
)
export type FleetProcess = Static<typeof FleetProcess>

const FleetPartition = Type.Object(
  {
    ...PartitionStatus.properties,
    group: Type.String(),
    owners: Type.Array(Type.String(), {
      description: 'UUIDs of the running processes that say that they own it: one, but in a rebalance.',
    }),
    unownedSeconds: Type.Optional({ ...Amount, description: 'For how long it has had none.' }),
  },
  strict,
)
export type FleetPartition = Static<typeof FleetPartition>

/** `urgent`: reports go unmatched, or may. `warning`: look soon. `note`: nothing is wrong. The gravest first. */
export const SEVERITIES = ['urgent', 'warning', 'note'] as const

const PROBLEM_CODES = [
  'no-matcher',
  'partition-unowned',
  'lag',
  'policies-differ',
  'sets-differ',
  'set-behind',
  'process-silent',
  'hits-held',
  'not-ready',
  'partition-contested',
  'intake-lag',
  'outbox',
  'no-sync',
  'list-stale',
  'list-unreadable',
  'list-waits',
  'broker-unknown',
  'versions-differ',
  'last-error',
  'stopping',
] as const
export type ProblemCode = (typeof PROBLEM_CODES)[number]

const FleetProblem = Type.Object(
  {
    code: Type.Enum([...PROBLEM_CODES]),
    severity: Type.Enum([...SEVERITIES]),
    text: { ...Type.String(), description: 'One sentence for a person.' },
    processes: Type.Array(Type.String(), { description: 'UUIDs of those that it is about.' }),
  },
  strict,
)
export type FleetProblem = Static<typeof FleetProblem>

const FleetList = Type.Object(
  {
    source: SourceName,
    entries: Type.Optional(Count),
    checkedAt: Type.Optional({ ...Timestamp, description: 'When it was last read to its end.' }),
    ageSeconds: Type.Optional({
      ...Amount,
      description:
        'Time since then; of a list that never was read to its end, since the process that reads it started.',
    }),
    staleAfterSeconds: Type.Optional({
      ...Amount,
      description: 'The age from which it is stale. Absent: no process reads it now.',
    }),
    newestAt: Type.Optional({ ...Timestamp, description: "The source's own time of the newest change." }),
    problem: Type.Optional(
      Type.Object(
        { code: { ...Type.String(), description: 'Why it can’t be read.' }, since: Timestamp },
        strict,
      ),
    ),
    pending: Type.Optional(
      Type.Object(
        {
          why: { ...Type.String(), description: 'Why the change that came waits for a person.' },
          since: Timestamp,
        },
        strict,
      ),
    ),
  },
  strict,
)
export type FleetList = Static<typeof FleetList>

const FleetPlatform = Type.Object(
  {
    platform: PlatformName,
    isByGateway: Type.Boolean({
      description: 'A gateway has named it. false: only a matcher has, so its reports come by Kafka.',
    }),
    gateways: { ...Count, description: 'Running gateways that it has reported by.' },
    acceptedPerSecond: Type.Optional({ ...Amount, description: 'By these gateways together.' }),
    refusals: Type.Optional({ ...Refusals, description: 'Of these gateways, since the start of each.' }),
    lastReportAt: Type.Optional({
      ...Timestamp,
      description: 'When a gateway last acknowledged a request of it.',
    }),
    lastRefusedAt: Type.Optional({
      ...Timestamp,
      description: 'When a gateway last refused a request of it.',
    }),
    lastCanaryAt: Type.Optional({
      ...Timestamp,
      description:
        'When the newest of its reports of the canary file that a matcher has found was written to its topic. Absent: none is known, as far back as statuses were heard.',
    }),
    probingSuspectedAt: Type.Optional({
      ...Timestamp,
      description: 'When its reports last looked like probing.',
    }),
  },
  strict,
)
export type FleetPlatform = Static<typeof FleetPlatform>

export const FleetPicture = Type.Object(
  {
    schema: Type.Literal('fleet/1'),
    at: Timestamp,
    problems: Type.Array(FleetProblem, { description: 'The gravest first.' }),
    processes: Type.Array(FleetProcess),
    partitions: Type.Array(FleetPartition, {
      description: 'Of reports, and of hits if a review service runs.',
    }),
    lists: Type.Optional(
      Type.Array(FleetList, {
        description: 'Those that `hashwarden hashset sync` keeps up to date. Absent: none is known.',
      }),
    ),
    platforms: Type.Optional(
      Type.Array(FleetPlatform, {
        description:
          'Those that gateways have named, and those whose canary a matcher has found. Absent: none is known.',
      }),
    ),
    totals: Type.Object(
      {
        reportsReadPerSecond: Type.Optional(Amount),
        reportsMatchedPerSecond: Type.Optional(Amount),
        hitsPerSecond: Type.Optional(Amount),
        deadLettersPerSecond: Type.Optional(Amount),
        lagRecords: Type.Optional(Amount),
        lagSeconds: Type.Optional({ ...Amount, description: 'Age of the oldest unmatched report.' }),
        canariesFound: Type.Optional(Amount),
        canariesMissed: Type.Optional(Amount),
        canaryAgeSeconds: Type.Optional({
          ...Amount,
          description: 'Time since a canary was last found, where that is longest.',
        }),
      },
      { ...strict, description: 'Of all running matchers together.' },
    ),
  },
  {
    ...strict,
    description:
      'All processes of a deployment, as far as they are known. An unknown value is left out: absent is never 0.',
  },
)
export type FleetPicture = Static<typeof FleetPicture>
