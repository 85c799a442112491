// What processes say to each other about lists, by the compacted topic `lists`: where a source's synchronisation stands,
// which change waits for a person, what a source holds. Never a hash value, a credential or a person.
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { canonicalJson, parseJson } from './json.ts'
import { Count, ShortText, SourceName, Timestamp } from './primitives.ts'
import { explain, Rejection } from './rejection.ts'

const LIST_RECORD_MAX_BYTES = 256 * 1024

/** A change that would remove or add more than the gate lets pass by itself. */
export const PendingChange = Type.Object({
  id: {
    ...ShortText,
    description:
      'Names the change; an approval names it, too. Of a whole file it is a digest, and the approval holds for this change alone. Of a range of a server it holds while the range removes at most a quarter more than was shown, and adds and changes at most a quarter or 1,000 entries more; beyond that the change gets another id and waits again.',
  },
  why: Type.Enum(['removes-much', 'adds-much']),
  before: { ...Count, description: 'Entries that the source has.' },
  adds: Count,
  changes: Count,
  removes: Count,
  since: Timestamp,
})
export type PendingChange = Static<typeof PendingChange>

export const ListState = Type.Object({
  schema: Type.Literal('list-state/1'),
  source: SourceName,
  checkpoint: Type.Optional({
    ...Type.String({ maxLength: 8_192 }),
    description: "How far the source has been read, in its client's own form.",
  }),
  settings: Type.Optional({
    ...ShortText,
    description:
      'Digest of the settings that say what the entries of the source are. With others it is read anew, from its beginning.',
  }),
  checkedAt: Type.Optional({ ...Timestamp, description: 'When the source was last read to its end.' }),
  staleAfterSeconds: Type.Optional({
    ...Count,
    description: 'The list is stale once `checkedAt` is older than this. Absent: a day.',
  }),
  newestAt: Type.Optional({
    ...Timestamp,
    description: "The source's own time of the newest change that was applied.",
  }),
  problem: Type.Optional(
    Type.Object({ code: ShortText, text: Type.String({ maxLength: 500 }), since: Timestamp }),
  ),
  pending: Type.Optional(PendingChange),
})
export type ListState = Static<typeof ListState>

/** A person's word on a pending change. Who said it is in the audit of the review store. */
export const ListApproval = Type.Object({
  schema: Type.Literal('list-approval/1'),
  source: SourceName,
  pendingId: ShortText,
  verdict: Type.Enum(['apply', 'refuse']),
  at: Timestamp,
})
export type ListApproval = Static<typeof ListApproval>

const CountBy = Type.Record(Type.String({ pattern: '^.{1,96}$' }), Count)

/** What a source holds, counted. */
export const ListStatistics = Type.Object({
  schema: Type.Literal('list-statistics/1'),
  source: SourceName,
  asOf: Timestamp,
  entries: Count,
  files: { ...Count, description: 'Different ids of the source.' },
  values: Type.Optional({ ...Count, description: 'Different values, each with its type.' }),
  byType: CountBy,
  byClassification: { ...CountBy, description: 'By scheme:code.' },
  byRole: CountBy,
  held: { ...CountBy, description: 'Entries held back, by why.' },
  shared: { ...CountBy, description: 'Values that another source has, too, by source.' },
  sharedEarlier: Type.Optional({
    ...CountBy,
    description: 'Of these, the values that the other source had on an earlier day, by source.',
  }),
  addedByDay: { ...CountBy, description: 'Entries by the day of their addedAt, of the last 90 days.' },
})
export type ListStatistics = Static<typeof ListStatistics>

export type ListRecord = ListState | ListApproval | ListStatistics

const CHECKS = {
  'list-state/1': { kind: 'state', schema: Compile(ListState) },
  'list-approval/1': { kind: 'approval', schema: Compile(ListApproval) },
  'list-statistics/1': { kind: 'statistics', schema: Compile(ListStatistics) },
} as const

/** The record key: `state:<source>`, `approval:<source>` or `statistics:<source>`. */
export const listRecordKey = ({ schema, source }: Pick<ListRecord, 'schema' | 'source'>): string =>
  `${CHECKS[schema].kind}:${source}`

export const encodeListRecord = (record: ListRecord): string => canonicalJson(record)

/** Reads a record of the topic `lists`, or says why it is none. Unknown fields pass: a newer version may add some. */
export function decodeListRecord(key: Uint8Array | null, bytes: Uint8Array): ListRecord | Rejection {
  const value = parseJson(bytes, LIST_RECORD_MAX_BYTES)
  if (value instanceof Rejection) return value
  const schema: unknown = Reflect.get(Object(value), 'schema')
  if (typeof schema !== 'string' || !Object.hasOwn(CHECKS, schema))
    return new Rejection('unknown-schema', '/schema')
  // Just checked: one of the names.
  const check = CHECKS[schema as ListRecord['schema']].schema
  if (!check.Check(value)) return explain(check, value)
  return key !== null && Buffer.from(key).toString('utf8') === listRecordKey(value)
    ? value
    : new Rejection('key-mismatch')
}
