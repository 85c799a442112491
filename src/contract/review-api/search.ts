// Finding: by reference or value, related cases, known entries, and references to copy.
import { Type, type Static } from 'typebox'
import { GivenReason, VERDICTS } from '../decision.ts'
import { FINDINGS } from '../outcome.ts'
import { ShortText, SourceName, Timestamp } from '../primitives.ts'
import { CaseRow } from './case.ts'
import { Cursor, strict } from './parts.ts'

const SEARCH_KINDS = [
  'hitId',
  'reportId',
  'contentRef',
  'actorRef',
  'cybertipId',
  'knownEntry',
  'hashValue',
] as const
export const SearchBody = Type.Object(
  {
    kind: Type.Enum([...SEARCH_KINDS]),
    value: Type.String({
      minLength: 1,
      maxLength: 320,
      description: 'Exactly. Of a known entry: source/sourceId.',
    }),
    cursor: Type.Optional(Cursor),
  },
  strict,
)
export type SearchBody = Static<typeof SearchBody>

export const RelatedView = Type.Object(
  {
    sameActor: Type.Array(CaseRow),
    sameCollection: Type.Array(CaseRow),
    sameKnownEntry: Type.Array(CaseRow),
  },
  {
    ...strict,
    description: 'Other cases, newest first, at most 50 of each; only those that the asker may read.',
  },
)
export type RelatedView = Static<typeof RelatedView>

export const KnownEntryBody = Type.Object({ source: SourceName, sourceId: ShortText }, strict)
export type KnownEntryBody = Static<typeof KnownEntryBody>
export const KnownEntryView = Type.Object(
  {
    source: SourceName,
    sourceId: Type.String(),
    origin: SourceName,
    classification: Type.String({ description: 'scheme:code' }),
    addedAt: Timestamp,
    hits: Type.Integer(),
    hitsByDay: Type.Array(Type.Object({ day: Type.String(), hits: Type.Integer() }, strict), {
      description: 'Of the last 90 days, in UTC; days without a hit are left out.',
    }),
    decisions: Type.Array(Type.Object({ verdict: Type.Enum([...VERDICTS]), count: Type.Integer() }, strict)),
    outcomes: Type.Array(Type.Object({ finding: Type.Enum([...FINDINGS]), count: Type.Integer() }, strict)),
    isSuspected: Type.Boolean(),
    cases: Type.Array(CaseRow),
  },
  strict,
)
export type KnownEntryView = Static<typeof KnownEntryView>
export const SuspectBody = Type.Object(
  { source: SourceName, sourceId: ShortText, reason: GivenReason },
  strict,
)
export type SuspectBody = Static<typeof SuspectBody>

/** What can be copied from a hit, by the copy button: each use is an entry of the audit. */
const REFERENCES = ['contentRef', 'actorRef', 'collectionRef', 'cybertipId', 'reportId'] as const
export const ReferenceBody = Type.Object({ reference: Type.Enum([...REFERENCES]) }, strict)
export type ReferenceBody = Static<typeof ReferenceBody>
export const ReferenceView = Type.Object({ value: Type.String() }, strict)
export type ReferenceView = Static<typeof ReferenceView>
