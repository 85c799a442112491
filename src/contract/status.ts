// The status of a process: what it says of itself every two seconds. Never a hash of a file, a reference or an identity.
import { Type, type Static, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { STAGES } from '../telemetry/stages.ts'
import { GRADES } from './hit.ts'
import { canonicalJson, parseJson } from './json.ts'
import { Count, Offset, PlatformName, SourceName, Timestamp } from './primitives.ts'
import { explain, Rejection, REJECTION_CODES } from './rejection.ts'

const STATUS_MAX_BYTES = 1024 * 1024
/** A process that owns more partitions than this names them only, without offsets: a record has to fit into its topic. */
export const MOST_DETAILED_PARTITIONS = 1_000
/** Platforms that a process names, at most. */
export const MOST_PLATFORMS = 256
/** Parts that a process waits for, at most, and characters of why. */
export const MOST_WAITING_FOR = 64
export const WHY_LENGTH = 500

/** A field that an older or a newer version, another role, or a process that doesn't know may leave out. */
const known = <T extends TSchema>(schema: T) => Type.Optional(schema)
/** Unknown fields pass, on purpose: a newer minor version may add some. */
const open = Type.Object

const Amount = Type.Number({ minimum: 0 })
const Name = Type.String({ pattern: '^[a-z][a-z0-9-]{0,63}$' })
/** No control characters: a terminal shows it. */
const plainText = (maxLength: number) =>
  Type.String({ maxLength, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' })
/** The first digits of a SHA-256: enough to tell two states of one deployment apart. */
export const STATUS_DIGEST_DIGITS = 16
const Digest = Type.String({ pattern: `^[0-9a-f]{${STATUS_DIGEST_DIGITS}}$` })

export const PartitionStatus = open({
  topic: Type.String({ pattern: '^[A-Za-z0-9._-]{1,249}$' }),
  partition: Type.Integer({ minimum: 0 }),
  next: known({ ...Offset, description: 'The first offset that the group has not committed.' }),
  end: known({ ...Offset, description: 'The end of the partition. `end` minus `next` records wait.' }),
  lagSeconds: known({ ...Amount, description: 'Age of the oldest of them; 0 if none waits.' }),
})
export type PartitionStatus = Static<typeof PartitionStatus>

/** Counted since the start of the process. */
export const MatchCounts = open({
  reportsRead: known({
    ...Count,
    description: 'Records of reports topics that were read, canaries and redelivered ones included.',
  }),
  reportsMatched: known({ ...Count, description: 'Reports matched and committed, canaries left out.' }),
  hits: known(Count),
  deadLetters: known(Count),
  canariesSent: known({
    ...Count,
    description: 'Canaries: a canary report counts once for each type of its hashes.',
  }),
  canariesFound: known(Count),
  canariesMissed: known(Count),
  retroReports: known(Count),
  retroHits: known(Count),
  threadDeaths: known(Count),
})
export type MatchCounts = Static<typeof MatchCounts>

/** Amounts by name of a closed list. A later version may know more names: this one leaves those out. */
const byName = <Names extends readonly string[], T extends TSchema>(names: Names, schema: T) =>
  open(
    // A property for each of the names.
    Object.fromEntries(names.map((name) => [name, known(schema)])) as Record<
      Names[number],
      ReturnType<typeof known<T>>
    >,
  )

const MOST_BOUNDS = 64
export const Histogram = open({
  bounds: Type.Array(Amount, { maxItems: MOST_BOUNDS, description: 'Upper bounds in seconds, rising.' }),
  counts: Type.Array(Count, {
    maxItems: MOST_BOUNDS + 1,
    description:
      'Observations up to each bound, those of smaller bounds included; one more than there are bounds: all.',
  }),
})
export type Histogram = Static<typeof Histogram>

/** Counted since the start of the process, as in `counts`. */
const MatchTotals = {
  hitsByGrade: known({
    ...byName(GRADES, Count),
    description: 'Hits published. A grade that is left out: none.',
  }),
  deadLettersByCode: known({
    ...byName(REJECTION_CODES, Count),
    description: 'Dead letters published. A code that is left out: none.',
  }),
  stageSeconds: known({
    ...byName(STAGES, Amount),
    description: 'Seconds of each stage of matching, over all threads.',
  }),
  reportToHit: known({
    ...Histogram,
    description: "Seconds from the time of a report's record to its hit acknowledged.",
  }),
  canaryToMatch: known({
    ...Histogram,
    description: 'Seconds from sending a canary that was due until it was found and committed.',
  }),
}

export const MatchStatus = open({
  group: plainText(255),
  threads: known({ ...Count, description: 'Matcher threads. 0: the main thread matches.' }),
  policy: Digest,
  knownSet: known(
    open({
      topicId: known(Type.String({ pattern: '^[0-9a-f-]{36}$' })),
      offset: { ...Offset, description: 'The next offset of known-hashes to apply.' },
      entries: { ...Count, description: 'Entries, canaries left out.' },
      digest: Digest,
    }),
  ),
  partitions: Type.Array(PartitionStatus, { maxItems: 10_000 }),
  counts: MatchCounts,
  ...MatchTotals,
  perSecond: known({
    ...open({
      reportsRead: known(Amount),
      reportsMatched: known(Amount),
      hits: known(Amount),
      deadLetters: known(Amount),
    }),
    description: 'Means since the record before.',
  }),
  canaryAgeSeconds: known({
    ...Amount,
    description: 'Time since a canary was last found, in the partition where that is longest.',
  }),
  platformCanaries: known(
    Type.Array(
      open({
        platform: PlatformName,
        writtenAt: {
          ...Timestamp,
          description: 'When the newest report of the canary file that was found was written to its topic.',
        },
      }),
      {
        maxItems: MOST_PLATFORMS,
        description:
          'Platforms whose reports of the canary file this process has found since its start: the latest ones.',
      },
    ),
  ),
  retro: known(
    open({
      offset: known({
        ...Offset,
        description:
          'Changes of known-hashes before it have been held against retained reports. Only of the process that looks back.',
      }),
      waitingPartitions: known(Count),
    }),
  ),
})
export type MatchStatus = Static<typeof MatchStatus>

export const ReviewStatus = open({
  group: plainText(255),
  partitions: Type.Array(PartitionStatus, { maxItems: 10_000 }),
  openCases: known({ ...Count, description: 'Undecided cases that are free.' }),
  leasedCases: known({ ...Count, description: 'Undecided cases that a reviewer has now.' }),
  decidedCases: known({ ...Count, description: 'Cases decided within the last 24 hours.' }),
  oldestCaseSeconds: known({
    ...Amount,
    description: 'Age of the oldest report of an undecided case; 0 if there is none.',
  }),
  outboxRecords: known(Count),
  outboxSeconds: known({ ...Amount, description: 'For how long the oldest of them has been due.' }),
})
export type ReviewStatus = Static<typeof ReviewStatus>

export const ListsStatus = open({
  active: Type.Boolean({
    description: 'false: another daemon keeps the lists up to date, and this one waits.',
  }),
  sources: Type.Array(
    open({
      source: SourceName,
      kind: Name,
      entries: known(Count),
      checkedAt: known({ ...Timestamp, description: 'When it was last read to its end.' }),
      staleAfterSeconds: Amount,
      newestAt: known({ ...Timestamp, description: "The source's own time of the newest change." }),
      problem: known(open({ code: { ...Name, description: 'Why it can’t be read.' }, since: Timestamp })),
      pending: known(open({ why: Name, since: Timestamp })),
    }),
    { maxItems: 64, description: 'Those that this process reads: none while it waits.' },
  ),
})
export type ListsStatus = Static<typeof ListsStatus>
export const ServeStatus = open({
  offset: { ...Offset, description: 'The next offset of known-hashes to read.' },
  files: { ...Count, description: 'Files of all lists, those that are gone included.' },
  hashes: { ...Count, description: 'Their hashes, those that are gone included.' },
  clients: { ...Count, description: 'Clients that may read.' },
})
export type ServeStatus = Static<typeof ServeStatus>

export const Refusals = open(
  {
    client: { ...Count, description: 'Answered with 4xx, but for 429.' },
    quota: { ...Count, description: 'Answered with 429.' },
    server: { ...Count, description: 'Answered with 5xx.' },
  },
  { description: 'Refused requests of known platforms, by the class of the answer.' },
)

export const GatewayStatus = open({
  profile: Name,
  accepted: { ...Count, description: 'Reports that were written, of all platforms, since the start.' },
  repeated: { ...Count, description: 'Reports that were there already, since the start.' },
  refusedRequests: {
    ...Count,
    description: 'Requests of known platforms that were refused, since the start.',
  },
  inFlightBytes: { ...Count, description: 'Bytes of all requests that are in work.' },
  inFlightLimitBytes: Count,
  perSecond: known({
    ...open({ accepted: Amount, requests: Amount }),
    description: 'Means since the record before.',
  }),
  platforms: Type.Array(
    open({
      platform: PlatformName,
      accepted: Count,
      repeated: Count,
      refusedRequests: Count,
      refusals: known(Refusals),
      acceptedPerSecond: known({ ...Amount, description: 'The mean since the record before.' }),
      lastReportAt: known({ ...Timestamp, description: 'When a request of it was last acknowledged.' }),
      lastRefusedAt: known({ ...Timestamp, description: 'When a request of it was last refused.' }),
      probingSuspectedAt: known({
        ...Timestamp,
        description: 'When its reports last looked like probing: many near-duplicates around one hash.',
      }),
    }),
    {
      maxItems: MOST_PLATFORMS,
      description: 'Platforms that have reported by this process since its start: the latest ones.',
    },
  ),
})
export type GatewayStatus = Static<typeof GatewayStatus>

export const Status = Type.Object(
  {
    schema: Type.Literal('status/1'),
    process: Type.String({
      pattern: '^[0-9a-f-]{36}$',
      description: 'UUID, made at the start of the process.',
    }),
    role: { ...Name, description: 'match, review, sync, serve, gateway, and whatever later versions add.' },
    version: plainText(64),
    host: plainText(255),
    pid: Type.Integer({ minimum: 0 }),
    startedAt: Timestamp,
    at: { ...Timestamp, description: "By the process's own clock." },
    number: { ...Count, description: 'Counts its records, from 0.' },
    everyMs: { ...Count, description: 'The next record comes after this time.' },
    state: Type.Enum(['running', 'stopping']),
    ready: Type.Boolean(),
    waitingFor: Type.Array(
      open({
        code: { ...Name, description: 'The part, as /readyz names it.' },
        thread: known(Type.Integer({ minimum: 1 })),
        why: plainText(WHY_LENGTH),
      }),
      { maxItems: MOST_WAITING_FOR },
    ),
    memory: open({ rssBytes: Count, heapUsedBytes: Count, externalBytes: Count }),
    cpuSeconds: { ...Amount, description: 'Processor time since the start.' },
    cpuCores: known({ ...Amount, description: 'Processors in use, the mean since the record before.' }),
    eventLoopDelaySeconds: known({
      ...Amount,
      description: 'The longest delay of the main thread since the record before.',
    }),
    lastError: known(
      open({
        error: {
          ...Type.String({ pattern: '^[A-Za-z0-9_(), ]{1,500}$' }),
          description: 'Class and codes, never a message.',
        },
        at: Timestamp,
      }),
    ),
    match: known(MatchStatus),
    review: known(ReviewStatus),
    lists: known(ListsStatus),
    serve: known(ServeStatus),
    gateway: known(GatewayStatus),
  },
  {
    description:
      'What a process says of itself. What it does not know it leaves out: absent is unknown, never 0. A reader ignores fields that it does not know: a later version of status/1 may add some.',
  },
)
export type Status = Static<typeof Status>

const status = Compile(Status)

export const encodeStatus = (value: Status): string => canonicalJson(value)

/** Reads a status from a record's bytes, without the fields that this version doesn't know, or says why it is none. */
export function decodeStatus(bytes: Uint8Array | null): Status | Rejection {
  const parsed = parseJson(bytes, STATUS_MAX_BYTES)
  if (parsed instanceof Rejection) return parsed
  const value = Value.Clean(Status, parsed)
  return status.Check(value) ? value : explain(status, value)
}
