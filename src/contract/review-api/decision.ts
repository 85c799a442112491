// Decisions on cases: what can be asked, what came of it, how it is undone or corrected, and outcomes.
import { Type, type Static } from 'typebox'
import { Note, Reason, Subject, VERDICTS } from '../decision.ts'
import { FINDINGS, VIEWING_BASES } from '../outcome.ts'
import { Sha256Hex, ShortText, SourceName, Timestamp } from '../primitives.ts'
import { CASE_STAGES, CASE_STATES, CaseId, LeaseToken, strict } from './parts.ts'

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
