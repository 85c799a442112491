// The tables of the review store, as kysely checks queries against them. Migrations make them.
import type { ColumnType, Generated } from 'kysely'
import type {
  AuditAction,
  CurationKind,
  CASE_KINDS,
  CASE_STAGES,
  CASE_STATES,
  OPENED_BECAUSE,
  Role,
} from '../../contract/review.ts'
import type { Finding, ViewingBasis } from '../../contract/outcome.ts'
import type { Grade } from '../../contract/hit.ts'
import type { Verdict } from '../../contract/decision.ts'

export type CaseKind = (typeof CASE_KINDS)[number]
export type CaseState = (typeof CASE_STATES)[number]
export type CaseStage = (typeof CASE_STAGES)[number]
export type OpenedBecause = (typeof OPENED_BECAUSE)[number]

/** A bigint: pg gives it as text, and takes numbers too. */
type BigInteger = ColumnType<string, string | number, string | number>
type GeneratedBigInteger = ColumnType<string, never, never>
/** pg gives a Date. */
type Time = ColumnType<Date, Date | string, Date | string>
type OptionalTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>

/** What hits are grouped by. */
interface Subjects {
  /** SHA-256 over kind, platform and reference: see intake/case-subject.ts. */
  subject_key: Buffer
  /** The part of its newest case: intake adds to that one, or begins the next. */
  last_part: Generated<number>
}

interface Cases {
  case_id: GeneratedBigInteger
  subject_key: Buffer
  kind: CaseKind
  platform: string
  ref: string | null
  /** From 1: the case's place among those of the same subject. */
  part: number
  opened_because: OpenedBecause
  earlier_case_id: string | null
  state: Generated<CaseState>
  stage: Generated<CaseStage>
  /** The name of a queue of the settings. */
  queue: string
  /** A supervisor chose the queue: intake leaves it as it is. */
  is_moved: Generated<boolean>
  priority: number
  is_raised: Generated<boolean>
  oldest_at: Time
  hit_count: Generated<number>
  /** Of the texts of its hits, until some leave by their age: intake fills it no further than this allows. */
  hit_bytes: Generated<number>
  undecided_count: Generated<number>
  grades: Generated<Grade[]>
  /** `scheme:code` */
  classifications: Generated<string[]>
  jurisdictions: Generated<string[]>
  bases: Generated<string[]>
  assigned_to: string | null
  lease_holder: string | null
  /** Grows by one with each lease: a decision names it. */
  lease_token: ColumnType<string, string | number | undefined, string | number>
  lease_until: OptionalTime
  leased_at: OptionalTime
  legal_hold: Generated<boolean>
  opened_at: ColumnType<Date, Date | string | undefined, never>
  decided_at: OptionalTime
}

interface Hits {
  hit_id: Buffer
  case_id: string
  platform: string
  report_id: string
  content_ref: string
  actor_ref: string | null
  collection_ref: string | null
  cybertip_id: string | null
  received_at: Time
  stored_at: ColumnType<Date, Date | string | undefined, never>
  grade: Grade
  priority: number
  /** `scheme:code` */
  classifications: string[]
  jurisdictions: string[]
  basis: string
  /** SHA-256 over the matches: evidenceDigest of contract/decision.ts. */
  evidence: string
  /** A short digest of each match's key: what a later merge is held against. */
  match_keys: string[]
  /** `source/sourceId` */
  known_entries: string[]
  /** `type:value`, lower case: reported ones and known ones. */
  hash_values: string[]
  /** The canonical JSON of the merged hit. */
  body: string
  /** Whose turn it is while the hit is undecided: `first` until its case's first reviewer has given an opinion. */
  stage: Generated<CaseStage>
  /** The decision that stands in its case, or null. */
  decision_id: string | null
  /** It was decided, and found again with matches that this decision did not know: so it came into its case of now. */
  reopened_decision_id: ColumnType<string | null, string | null | undefined, string | null>
}

interface EntryCases {
  /** `source/sourceId` */
  entry: string
  case_id: string
  /** UTC. */
  day: ColumnType<Date, string, never>
  hits: number
}

interface Verdicts {
  verdict_id: string
  case_id: string
  stage: CaseStage
  reviewer: string
  verdict: Verdict
  lease_token: BigInteger
  is_correction: Generated<boolean>
  decided_at: Time
  undo_until: Time
  undone_at: OptionalTime
}

interface Decisions {
  decision_id: string
  verdict_id: string
  case_id: string
  hit_id: Buffer
  stage: CaseStage
  verdict: Verdict
  reviewer: string
  reason: string
  note: string
  evidence: string
  match_keys: string[]
  decided_at: Time
  supersedes: string | null
  /** False: an opinion that waits for another, one that was overruled or superseded, or one that was undone. */
  stands: boolean
}

interface DecidedEntries {
  /** `source/sourceId` */
  entry: string
  decided_at: Time
  /** It stood once. */
  decision_id: string
}

interface Outcomes {
  outcome_id: string
  hit_id: Buffer
  decision_id: string
  finding: Finding
  basis: ViewingBasis
  /** `source/sourceId` */
  entry: string | null
  reported_by: string
  reason: string
  reported_at: Time
}

interface Holds {
  hold_id: GeneratedBigInteger
  case_id: string
  person: string
  /** False: the hold was lifted. */
  is_set: boolean
  reason: string
  at: Time
}

interface Skips {
  skip_id: GeneratedBigInteger
  case_id: string
  person: string
  reason: string
  until: Time
}

interface SuspectedEntries {
  suspicion_id: string
  /** `source/sourceId` */
  entry: string
  /** The decision that suspects it: the suspicion goes with it. Null: a person suspects the entry itself. */
  decision_id: string | null
  proposed_by: string
  reason: string
  proposed_at: Time
}

export type OutboxTopic = 'decisions' | 'outcomes' | 'audit-checkpoints'

interface Outbox {
  outbox_id: GeneratedBigInteger
  topic: OutboxTopic
  key: string
  value: string
  /** Of a decision: it can be undone until it is due. */
  verdict_id: string | null
  due_at: Time
}

interface OutboxSending {
  topic: OutboxTopic
  partition: number
  from_offset: BigInteger
}

interface AuditEntries {
  leaf_index: BigInteger
  /** Exactly the text that is hashed. */
  entry: string
  /** The leaf's hash, then the roots of the larger subtrees that it completes: 32 bytes each. */
  subtrees: Buffer
  at: Time
  action: AuditAction
  actor: string
  case_id: string | null
}

interface AuditHead {
  id: number
  size: BigInteger
  edge: Buffer[]
}

interface AuditCheckpoints {
  size: BigInteger
  note: string
  at: ColumnType<Date, Date | string | undefined, never>
}

type SessionEnd = 'refused' | 'no-role' | 'operator'

interface Sessions {
  /** SHA-256 of the cookie's value. */
  session_hash: Buffer
  subject: string
  name: string
  roles: Role[]
  groups: Generated<string[]>
  is_development: Generated<boolean>
  began_at: Time
  seen_at: Time
  /** When the provider was last asked whether the person still has these roles. */
  checked_at: Time
  ends_at: Time
  /** Sealed: see sealed-token.ts. */
  refresh_token: Buffer | null
  /** Why it ended before its time. */
  ended_why: ColumnType<SessionEnd | null, SessionEnd | undefined, SessionEnd>
}

interface SignIns {
  state_hash: Buffer
  nonce: string
  verifier: string
  return_to: string
  ends_at: Time
}

interface Persons {
  subject: string
  /** As of the last sign-in, as the groups are. */
  roles: Role[]
  groups: string[]
  signed_in_at: Time
}

interface Curations {
  curation_id: string
  kind: CurationKind
  /** The list that it is about; null: all of them. */
  source: string | null
  /** Canonical JSON: see curation/curations.ts. */
  target: string
  person: string
  reason: string
  /** Null: for good. */
  until: OptionalTime
  at: Time
  /** Null: it is not published yet. */
  done_at: OptionalTime
  /** Entries that it is about, also those that were so already; once it is done. */
  entries: number | null
}

interface Preferences {
  subject: string
  keys: ColumnType<Record<string, string>, string, string>
}

export interface Tables {
  subjects: Subjects
  cases: Cases
  hits: Hits
  entry_cases: EntryCases
  verdicts: Verdicts
  decisions: Decisions
  decided_entries: DecidedEntries
  outcomes: Outcomes
  holds: Holds
  skips: Skips
  suspected_entries: SuspectedEntries
  outbox: Outbox
  outbox_sending: OutboxSending
  audit_entries: AuditEntries
  audit_head: AuditHead
  audit_checkpoints: AuditCheckpoints
  sessions: Sessions
  sign_ins: SignIns
  persons: Persons
  preferences: Preferences
  'curation.curations': Curations
}
