// Queues and leases: what waits, who has what, and what a supervisor directs.
import { Type, type Static } from 'typebox'
import { Reason, Subject } from '../decision.ts'
import { Timestamp } from '../primitives.ts'
import { CaseRow } from './case.ts'
import { CASE_STAGES, CASE_STATES, CaseId, LeaseToken, PageQuery, strict } from './parts.ts'

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

export const AssignBody = Type.Object({ to: Type.Union([Subject, Type.Null()]) }, strict)
export type AssignBody = Static<typeof AssignBody>
export const MoveBody = Type.Object({ queue: Type.String({ maxLength: 64 }) }, strict)
export type MoveBody = Static<typeof MoveBody>
export const PriorityBody = Type.Object({ priority: Type.Integer({ minimum: 1, maximum: 100 }) }, strict)
export type PriorityBody = Static<typeof PriorityBody>
export const HoldBody = Type.Object({ hold: Type.Boolean(), reason: Reason }, strict)
export type HoldBody = Static<typeof HoldBody>
