// The lists page: where each list stands, what it holds, which entries are held back, and what people decide on them. Values of
// hashes are in the answers for curators alone, and never in an address.
import { Type, type Static, type TProperties } from 'typebox'
import { HASH_TYPE_NAMES } from '../../hash/hash-type.ts'
import { KEPT_TEXT_MAX_LENGTH, KEPT_TYPE_NAMES } from '../../hash/kept-type.ts'
import { GivenReason, Subject } from '../decision.ts'
import { HOLD_REASONS } from '../known-hash.ts'
import { ListState, ListStatistics, PendingChange } from '../list-state.ts'
import { Classification, Count, ShortText, SourceName, Timestamp } from '../primitives.ts'
import { Cursor, strict } from './parts.ts'

const SomeText = Type.String()

const { schema: _statistics, source: _of, ...counted } = ListStatistics.properties
const Counted = Type.Object(counted, strict)

const { checkedAt, newestAt, problem } = ListState.properties

const ListView = Type.Object(
  {
    source: SourceName,
    isSynced: Type.Boolean({
      description: 'A synchronisation says where it stands. False: only imports by hand are known.',
    }),
    checkedAt,
    isStale: Type.Optional(
      Type.Literal(true, {
        description:
          'It was last read to its end longer ago than its daemon allows (staleAfterMinutes; a day if that is not known).',
      }),
    ),
    newestAt,
    problem,
    pending: Type.Optional(PendingChange),
    answer: Type.Optional(
      Type.Object(
        { verdict: Type.Enum(['apply', 'refuse']), at: Timestamp },
        {
          ...strict,
          description:
            'What a person has said of the pending change; the synchronisation has not acted on it yet.',
        },
      ),
    ),
    statistics: Type.Optional({ ...Counted, description: 'Absent: not counted yet.' }),
  },
  strict,
)
export type ListView = Static<typeof ListView>

const OriginProposalView = Type.Object(
  {
    source: SourceName,
    from: SourceName,
    origin: SourceName,
    values: Count,
    shared: Count,
    earlier: { ...Count, description: 'Of the shared values, those that `from` had on an earlier day.' },
    sameDay: Count,
    later: Count,
    order: Type.Enum(['clear', 'unclear'], {
      description: 'unclear: their days don’t say which of the two had the values first.',
    }),
  },
  strict,
)
export type OriginProposalView = Static<typeof OriginProposalView>

export const ListsView = Type.Object(
  {
    at: Timestamp,
    unseen: Type.Optional(
      Type.Object(
        { code: Type.Enum(['topic-missing', 'refused', 'away', 'unknown']), text: SomeText },
        { ...strict, description: 'Why the topic of lists can’t be read now. The rest may be old.' },
      ),
    ),
    lists: Type.Array(ListView),
    origins: Type.Object(
      {
        declared: Type.Record(SourceName, SourceName, { description: 'Of the policy.' }),
        proposals: Type.Array(OriginProposalView),
        lines: Type.String({ description: 'What the policy file would say with all of the proposals.' }),
      },
      strict,
    ),
  },
  strict,
)
export type ListsView = Static<typeof ListsView>

const typed = {
  type: Type.Enum([...HASH_TYPE_NAMES, ...KEPT_TYPE_NAMES]),
  value: Type.String({ minLength: 1, maxLength: KEPT_TEXT_MAX_LENGTH }),
} satisfies TProperties

/** Why an entry is on the page of entries that are held back. `suppressed`: a person keeps the value from matching. */
const HELD_KINDS = [...HOLD_REASONS, 'suppressed'] as const
export type HeldKind = (typeof HELD_KINDS)[number]

const CURATION_KINDS = ['disable', 'enable', 'suppress', 'unsuppress', 'apply', 'refuse'] as const
export type CurationKind = (typeof CURATION_KINDS)[number]

export const CurationView = Type.Object(
  {
    curationId: Type.String({ format: 'uuid' }),
    kind: Type.Enum([...CURATION_KINDS]),
    source: Type.Optional(SourceName),
    sourceId: Type.Optional({
      ...ShortText,
      description: 'Of one file. Absent, too, where the list has no ids and names files by their values.',
    }),
    person: Subject,
    reason: SomeText,
    at: Timestamp,
    until: Type.Optional({ ...Timestamp, description: 'Absent: for good.' }),
    doneAt: Type.Optional({ ...Timestamp, description: 'Absent: it waits until it is published.' }),
    entries: Type.Optional({
      ...Count,
      description: 'Entries that it is about, also those that were so already.',
    }),
  },
  strict,
)
export type CurationView = Static<typeof CurationView>
export const CurationsView = Type.Object(
  { curations: Type.Array(CurationView, { description: 'The last 50, newest first.' }) },
  strict,
)
export type CurationsView = Static<typeof CurationsView>

export const HeldBody = Type.Object(
  {
    kind: Type.Optional(Type.Enum([...HELD_KINDS])),
    source: Type.Optional(SourceName),
    cursor: Type.Optional(Cursor),
  },
  strict,
)
export type HeldBody = Static<typeof HeldBody>

const HeldEntryView = Type.Object(
  {
    ...typed,
    source: SourceName,
    sourceId: ShortText,
    kind: Type.Enum([...HELD_KINDS]),
    until: Type.Optional({ ...Timestamp, description: 'Absent: for good.' }),
    classification: Classification,
    addedAt: Timestamp,
    by: Type.Optional({ ...CurationView, description: 'Who did it here, and why.' }),
  },
  strict,
)
export type HeldEntryView = Static<typeof HeldEntryView>
export const HeldPage = Type.Object(
  {
    entries: Type.Array(HeldEntryView),
    next: Type.Optional(Cursor),
    total: { ...Count, description: 'Entries that the filter leaves.' },
    readShare: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'How much of the topic of known hashes has been read. Below 1: entries are still missing.',
    }),
    isCut: Type.Optional(Type.Literal(true, { description: 'There are more than can be shown.' })),
  },
  strict,
)
export type HeldPage = Static<typeof HeldPage>

const EntryTarget = Type.Object({ ...typed, source: SourceName, sourceId: ShortText }, strict)
const ValueTarget = Type.Object(typed, strict)
const FileTarget = Type.Object(
  { source: SourceName, sourceId: ShortText },
  { ...strict, description: 'All values that the list has of a file.' },
)
const EntriesTarget = Type.Union([EntryTarget, ValueTarget, FileTarget])
const until = Type.Optional({ ...Timestamp, description: 'Absent: for good.' })

/** Of an entry, of a value in all lists, or of a file in one list. */
export const CurateBody = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('disable'),
      target: EntriesTarget,
      reason: GivenReason,
      until,
    },
    strict,
  ),
  Type.Object(
    {
      kind: Type.Literal('enable'),
      target: EntriesTarget,
      reason: GivenReason,
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal('suppress'), target: ValueTarget, reason: GivenReason, until }, strict),
  Type.Object({ kind: Type.Literal('unsuppress'), target: ValueTarget, reason: GivenReason }, strict),
])
export type CurateBody = Static<typeof CurateBody>

export const ApproveBody = Type.Object(
  {
    source: SourceName,
    pendingId: ShortText,
    verdict: Type.Enum(['apply', 'refuse']),
    reason: GivenReason,
  },
  strict,
)
export type ApproveBody = Static<typeof ApproveBody>
