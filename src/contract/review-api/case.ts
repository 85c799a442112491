// A case as it is shown: its row in lists, and all of it with its hits.
import { Type, type Static } from 'typebox'
import { Subject } from '../decision.ts'
import { GRADES, Hit } from '../hit.ts'
import { PlatformName, Sha256Hex, Timestamp } from '../primitives.ts'
import { DecisionView, OutcomeView } from './decision.ts'
import {
  CASE_KINDS,
  CASE_STAGES,
  CASE_STATES,
  CaseId,
  Cursor,
  LeaseToken,
  OPENED_BECAUSE,
  strict,
} from './parts.ts'

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

export const EXPORT_FORMATS = ['cybertip-json', 'vics-json'] as const
export const ExportBody = Type.Object({ format: Type.Enum([...EXPORT_FORMATS]) }, strict)
