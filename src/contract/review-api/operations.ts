// The operations page: the present, the last minutes to hours, and dead letters. Never a hash, a reference
// or an identity; and an unknown value is absent, or null in a series, never 0.
import { Type, type Static } from 'typebox'
import { DeadLetter } from '../dead-letter.ts'
import { FleetPicture } from '../fleet.ts'
import { Timestamp } from '../primitives.ts'
import { REJECTION_CODES } from '../rejection.ts'
import { PageQuery, strict } from './parts.ts'

const Amount = Type.Number({ minimum: 0 })

/**
 * What the service can't see now. `statuses`: the topic of statuses. `lag`: what the brokers say of the groups. `samples`: the
 * series in the review store. `store`: queues and the outbox.
 */
const UNSEEN_PARTS = ['statuses', 'lag', 'samples', 'store'] as const
/**
 * `refused`: the identity of the review service lacks a right. `stale`: nothing new has come for too long. `unknown`: not asked
 * yet, or something else.
 */
const UNSEEN_CODES = ['topic-missing', 'refused', 'away', 'stale', 'unknown'] as const

const Unseen = Type.Object(
  {
    part: Type.Enum([...UNSEEN_PARTS]),
    code: Type.Enum([...UNSEEN_CODES]),
    text: { ...Type.String(), description: 'One sentence for a person, that says what to do.' },
  },
  strict,
)
export type Unseen = Static<typeof Unseen>

export const CodeCount = Type.Object({ code: Type.Enum([...REJECTION_CODES]), count: Type.Integer() }, strict)
export type CodeCount = Static<typeof CodeCount>

export const OperationsView = Type.Object(
  {
    at: { ...Timestamp, description: 'When this was answered, by the clock of the service.' },
    heardAt: Type.Optional({
      ...Timestamp,
      description: 'When the last status of any process came. Absent: none has come yet.',
    }),
    unseen: Type.Array(Unseen, { description: 'What this page can’t show now, and why. Empty: nothing.' }),
    fleet: Type.Optional({
      ...FleetPicture,
      description: 'Absent: neither a status nor an answer of the brokers has come yet.',
    }),
    queues: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String(),
            title: Type.String(),
            open: Type.Integer(),
            leased: Type.Integer(),
            oldestSeconds: Type.Optional({ ...Amount, description: 'Absent: no case waits.' }),
          },
          strict,
        ),
        {
          description:
            'Those that the person who asks may see, as in the series. Absent: there is none, or the store does not answer.',
        },
      ),
    ),
    outbox: Type.Optional(
      Type.Object(
        {
          records: Type.Integer({ description: 'Decisions and outcomes that wait for their topic.' }),
          oldestSeconds: Type.Optional({ ...Amount, description: 'Absent: none waits.' }),
        },
        strict,
      ),
    ),
    deadLetters: Type.Optional(
      Type.Array(CodeCount, {
        description: 'Those of the last 24 hours, as far as there are samples. Absent: there are none.',
      }),
    ),
    deadLettersSince: Type.Optional({
      ...Timestamp,
      description:
        'Since when they are known without a gap; not before the last 24 hours, to a few minutes. Absent: they are not known now.',
    }),
    listsChangedAt: Type.Optional({
      ...Timestamp,
      description: 'When lists last changed, to the minute, if within the last 24 hours.',
    }),
    listsUnchanged: Type.Optional(
      Type.Literal(true, {
        description: 'It is known that no list has changed within the last 24 hours. Both absent: unknown.',
      }),
    ),
  },
  strict,
)
export type OperationsView = Static<typeof OperationsView>

const SERIES_RANGES = ['15m', '1h', '6h', '24h'] as const
export type SeriesRange = (typeof SERIES_RANGES)[number]
export const SeriesQuery = Type.Object({ range: Type.Enum([...SERIES_RANGES]) }, strict)
export type SeriesQuery = Static<typeof SeriesQuery>

export const SeriesLine = Type.Object(
  {
    name: { ...Type.String(), description: 'A topic, a grade, a stage, a process: what the line is of.' },
    values: Type.Array(Type.Union([Type.Number(), Type.Null()]), {
      description: 'One for each of `times`. null: unknown, a gap.',
    }),
  },
  strict,
)
export type SeriesLine = Static<typeof SeriesLine>

export const SeriesPanel = Type.Object(
  {
    panel: {
      ...Type.String(),
      description:
        'The id of a panel of src/telemetry/panels: title, unit, limit, why and runbook are there. Of the unit `events` a value is the number within its step; rates are means over it, gauges its worst.',
    },
    lines: Type.Array(SeriesLine),
  },
  strict,
)
export type SeriesPanel = Static<typeof SeriesPanel>

export const SeriesView = Type.Object(
  {
    at: Timestamp,
    range: Type.Enum([...SERIES_RANGES]),
    stepSeconds: Type.Integer({ description: 'Between two of `times`.' }),
    times: Type.Array(Type.Integer(), {
      description:
        'Seconds since 1970, rising, evenly spaced over the whole range: the beginnings of the steps. The last one is not over yet.',
    }),
    panels: Type.Array(SeriesPanel, { description: 'A panel without lines: nothing of it is known.' }),
  },
  strict,
)
export type SeriesView = Static<typeof SeriesView>

/** Place of a dead letter in the topic of dead letters: partition and offset. */
const DeadLetterId = Type.String({ pattern: '^\\d{1,9}-\\d{1,16}$' })

/** A place in each partition, of up to a thousand. */
const LettersCursor = Type.String({
  maxLength: 12_000,
  pattern: '^[0-9a-z]{1,11}-[0-9a-z]{1,11}(\\.[0-9a-z]{1,11}-[0-9a-z]{1,11})*$',
})
export const DeadLettersQuery = Type.Object(
  {
    limit: PageQuery.properties.limit,
    cursor: Type.Optional(LettersCursor),
    code: Type.Optional(Type.Enum([...REJECTION_CODES])),
  },
  strict,
)
export type DeadLettersQuery = Static<typeof DeadLettersQuery>

const { topic, partition, offset, lastOffset } = DeadLetter.properties
export const DeadLetterView = Type.Object(
  {
    id: { ...DeadLetterId, description: 'Of the dead letter; the rest is of the record that it points to.' },
    topic,
    partition,
    offset,
    lastOffset,
    bytes: Type.Integer({ minimum: 0 }),
    code: Type.Enum([...REJECTION_CODES]),
    place: {
      ...Type.String({ maxLength: 256 }),
      description: 'JSON pointer of field names of the schema; empty: the whole message.',
    },
    at: { ...Timestamp, description: 'When the dead letter was written.' },
  },
  strict,
)
export type DeadLetterView = Static<typeof DeadLetterView>
export const DeadLettersPage = Type.Object(
  {
    letters: Type.Array(DeadLetterView, {
      description:
        'Newest first. May be empty although `next` is there: the search for a code goes on with it.',
    }),
    next: Type.Optional(LettersCursor),
  },
  strict,
)
export type DeadLettersPage = Static<typeof DeadLettersPage>

const MOST_REPLAYED = 100
export const ReplayBody = Type.Object(
  { letters: Type.Array(DeadLetterId, { minItems: 1, maxItems: MOST_REPLAYED, uniqueItems: true }) },
  strict,
)
export type ReplayBody = Static<typeof ReplayBody>

/**
 * `replayed`: its record was submitted again. `expired`: its record is gone. `topic-gone`: its topic does not exist any more.
 * `replaced`: another record stands in its place.
 * `batch`: it is of a whole batch, which would be refused again. `elsewhere`: it points to a topic that holds no
 * reports, and was left alone. `letter-gone`: there is no such dead letter any more. `not-reached`: time ran
 * out, or Kafka failed, before it was confirmed that its record was submitted.
 */
const REPLAY_RESULTS = [
  'replayed',
  'expired',
  'topic-gone',
  'replaced',
  'batch',
  'elsewhere',
  'letter-gone',
  'not-reached',
] as const
export type ReplayResult = (typeof REPLAY_RESULTS)[number]
export const ReplayedView = Type.Object(
  {
    results: Type.Array(Type.Object({ id: DeadLetterId, result: Type.Enum([...REPLAY_RESULTS]) }, strict), {
      description: 'One for each letter that was asked for, in that order.',
    }),
  },
  strict,
)
export type ReplayedView = Static<typeof ReplayedView>
