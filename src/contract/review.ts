// What the review service and its clients say to each other: the bodies of requests and answers of its HTTP API. OpenAPI is
// made from these schemas; the console and other clients take their types from here.
import { Type, type Static } from 'typebox'
import { Note, Reason, Subject, VERDICTS } from './decision.ts'
import { GRADES, Hit } from './hit.ts'
import { FINDINGS, VIEWING_BASES } from './outcome.ts'
import { PlatformName, Sha256Hex, ShortText, SourceName, Timestamp } from './primitives.ts'

const strict = { additionalProperties: false } as const

export const ROLES = ['reviewer', 'second-reviewer', 'supervisor', 'operator', 'auditor'] as const
export type Role = (typeof ROLES)[number]

/** A case's number: a bigint of the store, as text. */
export const CaseId = Type.String({ pattern: '^[1-9][0-9]{0,17}$' })
/** A lease's token: it grows with every lease of a case. */
const LeaseToken = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const Cursor = Type.String({ maxLength: 512 })
const PageQuery = Type.Object(
  { cursor: Type.Optional(Cursor), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })) },
  strict,
)

export const CASE_KINDS = ['actor', 'collection', 'hit'] as const
export const CASE_STATES = ['open', 'leased', 'decided'] as const
/** Whose turn it is: the first opinion, a second one by another person, or a supervisor's after two that differ. */
export const CASE_STAGES = ['first', 'second', 'supervisor'] as const
/** Why a case was opened beside an earlier one of the same uploader. */
export const OPENED_BECAUSE = ['first', 'earlier-full', 'after-decision', 'new-evidence'] as const

/** A row of the queue: nothing in it names an uploader or a file. */
export const CaseRow = Type.Object(
  {
    caseId: CaseId,
    kind: Type.Enum([...CASE_KINDS]),
    platform: PlatformName,
    queue: Type.String(),
    state: Type.Enum([...CASE_STATES]),
    stage: Type.Enum([...CASE_STAGES]),
    priority: Type.Integer(),
    isRaised: Type.Boolean({ description: 'A supervisor has raised its priority.' }),
    oldestAt: { ...Timestamp, description: 'When the log received its oldest report.' },
    hits: Type.Integer({ description: 'All of its hits.' }),
    undecided: Type.Integer({ description: 'Hits that wait for a verdict at its present stage.' }),
    grades: Type.Array(Type.Enum([...GRADES])),
    classifications: Type.Array(Type.String({ description: 'scheme:code' })),
    jurisdictions: Type.Array(Type.String()),
    assignedTo: Type.Optional(Subject),
    leasedBy: Type.Optional(Subject),
    leaseUntil: Type.Optional(Timestamp),
    decidedAt: Type.Optional(Timestamp),
    hasLegalHold: Type.Boolean(),
  },
  strict,
)
export type CaseRow = Static<typeof CaseRow>

export const CasePage = Type.Object({ cases: Type.Array(CaseRow), next: Type.Optional(Cursor) }, strict)
export type CasePage = Static<typeof CasePage>

export const DecisionView = Type.Object(
  {
    decisionId: Type.String(),
    hitId: Sha256Hex,
    caseId: CaseId,
    verdict: Type.Enum([...VERDICTS]),
    reviewer: Subject,
    reason: Reason,
    note: Note,
    decidedAt: Timestamp,
    stage: Type.Enum([...CASE_STAGES]),
    stands: Type.Boolean({ description: 'False: undone, superseded, or an opinion that others overruled.' }),
    supersedes: Type.Optional(Type.String()),
  },
  strict,
)
export type DecisionView = Static<typeof DecisionView>

export const OutcomeView = Type.Object(
  {
    outcomeId: Type.String(),
    hitId: Sha256Hex,
    finding: Type.Enum([...FINDINGS]),
    basis: Type.Enum([...VIEWING_BASES]),
    reportedBy: Subject,
    reason: Reason,
    reportedAt: Timestamp,
  },
  strict,
)
export type OutcomeView = Static<typeof OutcomeView>

export const CaseHit = Type.Object(
  {
    hit: Hit,
    evidence: Sha256Hex,
    isWaiting: Type.Boolean({
      description:
        'It waits for a verdict at the case’s present stage. A hit without one and without a decision waits for another person’s opinion.',
    }),
    decision: Type.Optional(DecisionView),
    outcomes: Type.Array(OutcomeView),
  },
  strict,
)
export type CaseHit = Static<typeof CaseHit>

const CaseLink = Type.Object({ caseId: CaseId, openedBecause: Type.Enum([...OPENED_BECAUSE]) }, strict)

export const CaseView = Type.Object(
  {
    case: CaseRow,
    openedBecause: Type.Enum([...OPENED_BECAUSE]),
    earlier: Type.Optional(CaseLink),
    later: Type.Optional(CaseLink),
    evidence: {
      ...Sha256Hex,
      description: 'Over the evidence of all waiting hits: a decision on all of them names it.',
    },
    hits: Type.Array(CaseHit, {
      description: 'At most 1,000: the waiting ones first, best evidence first.',
    }),
    lease: Type.Optional(
      Type.Object({ token: LeaseToken, until: Timestamp }, { ...strict, description: 'The asker’s own.' }),
    ),
    history: Type.Array(DecisionView, {
      description:
        'Earlier decisions on this uploader and on these known entries, newest first, at most 50. Blind: none of this case while its second opinion is open.',
    }),
    needsSecond: Type.Boolean({ description: 'A rule of the settings asks for a second opinion.' }),
  },
  strict,
)
export type CaseView = Static<typeof CaseView>

export const QueueView = Type.Object(
  {
    name: Type.String(),
    title: Type.String(),
    open: Type.Integer(),
    leased: Type.Integer(),
    oldestAt: Type.Optional(Timestamp),
  },
  strict,
)
export type QueueView = Static<typeof QueueView>

export const QueuesView = Type.Object(
  {
    queues: Type.Array(QueueView),
    mine: Type.Array(CaseRow, { description: 'Cases that the asker has leased.' }),
  },
  strict,
)
export type QueuesView = Static<typeof QueuesView>

export const LeaseNextBody = Type.Object({ queue: Type.Optional(Type.String({ maxLength: 64 })) }, strict)
export type LeaseNextBody = Static<typeof LeaseNextBody>
export const LeaseBody = Type.Object({ token: LeaseToken }, strict)
export type LeaseBody = Static<typeof LeaseBody>
export const LeaseView = Type.Object({ caseId: CaseId, token: LeaseToken, until: Timestamp }, strict)
export type LeaseView = Static<typeof LeaseView>
export const SkipBody = Type.Object({ token: LeaseToken, reason: Reason }, strict)
export type SkipBody = Static<typeof SkipBody>

/** `state`, `stage` and `queue` narrow the list; `mine`: only cases that the asker has leased or was assigned. */
export const CasesQuery = Type.Object(
  {
    ...PageQuery.properties,
    queue: Type.Optional(Type.String({ maxLength: 64 })),
    state: Type.Optional(Type.Enum([...CASE_STATES])),
    stage: Type.Optional(Type.Enum([...CASE_STAGES])),
    mine: Type.Optional(Type.Boolean()),
  },
  strict,
)
export type CasesQuery = Static<typeof CasesQuery>

export const DecideBody = Type.Object(
  {
    token: LeaseToken,
    evidence: { ...Sha256Hex, description: 'Over the evidence of the hits decided on, as they were shown.' },
    hitIds: Type.Optional(
      Type.Array(Sha256Hex, { minItems: 1, maxItems: 1_000, description: 'Absent: all waiting ones.' }),
    ),
    verdict: Type.Enum([...VERDICTS]),
    reason: Reason,
    note: Note,
  },
  strict,
)
export type DecideBody = Static<typeof DecideBody>

/** A UUID. */
export const UndoId = Type.String({ pattern: '^[0-9a-f-]{36}$' })

export const DecidedView = Type.Object(
  {
    undoId: { ...UndoId, description: 'Names this set of decisions, to undo them.' },
    undoUntil: Timestamp,
    caseId: CaseId,
    caseState: Type.Enum([...CASE_STATES]),
    stage: Type.Enum([...CASE_STAGES]),
    decided: Type.Integer(),
    undecided: Type.Integer(),
  },
  strict,
)
export type DecidedView = Static<typeof DecidedView>

export const UndoneView = Type.Object(
  {
    caseId: CaseId,
    lease: Type.Optional(
      Type.Object(
        { token: LeaseToken, until: Timestamp },
        {
          ...strict,
          description:
            'The case is the asker’s again. Absent: another person holds it; or a correction was undone, or a second opinion, which another person gives now.',
        },
      ),
    ),
  },
  strict,
)
export type UndoneView = Static<typeof UndoneView>

export const CorrectBody = Type.Object(
  {
    evidence: Sha256Hex,
    supersedes: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
    verdict: Type.Enum(VERDICTS.filter((verdict) => verdict !== 'needs-second')),
    reason: Reason,
    note: Note,
  },
  strict,
)
export type CorrectBody = Static<typeof CorrectBody>

export const OutcomeBody = Type.Object(
  {
    finding: Type.Enum([...FINDINGS]),
    basis: Type.Enum([...VIEWING_BASES]),
    knownEntry: Type.Optional(Type.Object({ source: SourceName, sourceId: ShortText }, strict)),
    reason: Reason,
  },
  strict,
)
export type OutcomeBody = Static<typeof OutcomeBody>

export const AssignBody = Type.Object({ to: Type.Union([Subject, Type.Null()]) }, strict)
export type AssignBody = Static<typeof AssignBody>
export const MoveBody = Type.Object({ queue: Type.String({ maxLength: 64 }) }, strict)
export type MoveBody = Static<typeof MoveBody>
export const PriorityBody = Type.Object({ priority: Type.Integer({ minimum: 1, maximum: 100 }) }, strict)
export type PriorityBody = Static<typeof PriorityBody>
export const HoldBody = Type.Object({ hold: Type.Boolean(), reason: Reason }, strict)
export type HoldBody = Static<typeof HoldBody>

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
export const SuspectBody = Type.Object({ source: SourceName, sourceId: ShortText, reason: Reason }, strict)
export type SuspectBody = Static<typeof SuspectBody>

/** What can be copied from a hit, by the copy button: each use is an entry of the audit. */
const REFERENCES = ['contentRef', 'actorRef', 'collectionRef', 'cybertipId', 'reportId'] as const
export const ReferenceBody = Type.Object({ reference: Type.Enum([...REFERENCES]) }, strict)
export type ReferenceBody = Static<typeof ReferenceBody>
export const ReferenceView = Type.Object({ value: Type.String() }, strict)
export type ReferenceView = Static<typeof ReferenceView>

export const EXPORT_FORMATS = ['cybertip-json', 'vics-json'] as const
export const ExportBody = Type.Object({ format: Type.Enum([...EXPORT_FORMATS]) }, strict)

const AUDIT_ACTIONS = [
  'sign-in',
  'sign-out',
  'case-leased',
  'lease-ended',
  'case-read',
  'case-skipped',
  'case-assigned',
  'case-moved',
  'case-raised',
  'case-reopened',
  'hold-set',
  'hold-lifted',
  'decided',
  'undone',
  'corrected',
  'outcome-reported',
  'entry-suspected',
  'entry-read',
  'reference-read',
  'searched',
  'exported',
  'audit-read',
  'retired',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

export const AuditQuery = Type.Object(
  {
    ...PageQuery.properties,
    action: Type.Optional(Type.Enum([...AUDIT_ACTIONS])),
    actor: Type.Optional(Subject),
    caseId: Type.Optional(CaseId),
  },
  strict,
)
export type AuditQuery = Static<typeof AuditQuery>

export const AuditEntryView = Type.Object(
  {
    index: Type.Integer({ description: 'Of the leaf in the tree, from 0.' }),
    at: Timestamp,
    action: Type.Enum([...AUDIT_ACTIONS]),
    actor: Subject,
    caseId: Type.Optional(CaseId),
    details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  },
  strict,
)
export type AuditEntryView = Static<typeof AuditEntryView>
export const AuditPage = Type.Object(
  { entries: Type.Array(AuditEntryView), next: Type.Optional(Cursor) },
  strict,
)
export type AuditPage = Static<typeof AuditPage>
export const AuditVerifyView = Type.Object(
  {
    isIntact: Type.Boolean(),
    entries: Type.Integer(),
    checkpoints: Type.Integer({ description: 'Published ones that were held against the tree.' }),
    proven: Type.Integer({
      description: 'Entries that a signed, published checkpoint covers, from the first one on.',
    }),
    firstBroken: Type.Optional(
      Type.Integer({
        description: 'Index of the first entry that is not as it was; the smallest that it can be.',
      }),
    ),
    firstBrokenAtMost: Type.Optional(
      Type.Integer({ description: 'The greatest that it can be: equal, where the entry is known exactly.' }),
    ),
    why: Type.Optional(Type.String({ description: 'A sentence for a person. Absent: it is intact.' })),
    warnings: Type.Optional(Type.Array(Type.String(), { description: 'What leaves a doubt, in sentences.' })),
  },
  strict,
)
export type AuditVerifyView = Static<typeof AuditVerifyView>

export const MeView = Type.Object(
  {
    subject: Subject,
    name: Type.String(),
    roles: Type.Array(Type.Enum([...ROLES])),
    rights: Type.Array(Type.String()),
    leaseMs: Type.Integer(),
    sessionIdleMs: Type.Integer(),
    sessionEndsAt: Type.Optional({ ...Timestamp, description: 'Left out for machine clients.' }),
    isDevelopment: Type.Boolean({ description: 'Signed in without an identity provider.' }),
    keys: Type.Record(Type.String(), Type.String(), {
      description: 'The keys that this person has changed, by action; `off`: all single keys are off.',
    }),
  },
  strict,
)
export type MeView = Static<typeof MeView>
export const KeysBody = Type.Object(
  {
    keys: Type.Record(Type.String({ pattern: '^[a-z-]{1,32}$' }), Type.String({ maxLength: 16 }), {
      ...strict,
      maxProperties: 64,
    }),
  },
  strict,
)

/** How a person can sign in: answered to those who have not yet. */
export const SignInOptions = Type.Object(
  {
    provider: Type.Boolean({ description: 'By /sign-in/provider?return=/path.' }),
    development: Type.Array(Type.Enum([...ROLES]), {
      description: 'Roles that a person of this machine can pick. Empty: there is no development sign-in.',
    }),
  },
  strict,
)
export type SignInOptions = Static<typeof SignInOptions>

export const DevelopmentSignInBody = Type.Object(
  {
    name: Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]{1,60}$' }),
    role: Type.Enum([...ROLES]),
  },
  strict,
)
export type DevelopmentSignInBody = Static<typeof DevelopmentSignInBody>

/** Why a sign-in by the provider ended at /sign-in?refused=… */
const SIGN_IN_REFUSALS = {
  'no-role': 'You have signed in, but none of your groups has a role here. Ask your administrator.',
  'second-factor': 'The sign-in has to use a second factor. Sign in again with one.',
  expired: 'The sign-in took too long, or it was begun in another window. Try again.',
  failed: 'The identity provider refused the sign-in. Try again.',
  unavailable: 'The identity provider cannot be reached now. Try again in a minute.',
} as const
export type SignInRefusal = keyof typeof SIGN_IN_REFUSALS

export const SignedOut = Type.Object(
  {
    next: Type.Optional(Type.String({ description: 'Where the browser ends its session at the provider.' })),
  },
  strict,
)
export type SignedOut = Static<typeof SignedOut>

/** Events of the stream: what to ask for again. They carry no reference and no value. */
export const EVENT_NAMES = ['queue', 'case', 'lease'] as const
export const ReviewEvent = Type.Object(
  { event: Type.Enum([...EVENT_NAMES]), caseId: Type.Optional(CaseId) },
  strict,
)
export type ReviewEvent = Static<typeof ReviewEvent>

/** RFC 9457. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'A closed list: see src/review/problems.ts.' }),
    detail: Type.Optional(Type.String()),
  },
  strict,
)
export type Problem = Static<typeof Problem>
