// What several messages of the review service have: numbers of cases, tokens, pages.
import { Type } from 'typebox'

export const strict = { additionalProperties: false } as const

/** A case's number: a bigint of the store, as text. */
export const CaseId = Type.String({ pattern: '^[1-9][0-9]{0,17}$' })
/** A lease's token: it grows with every lease of a case. */
export const LeaseToken = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
export const Cursor = Type.String({ maxLength: 512 })
export const PageQuery = Type.Object(
  { cursor: Type.Optional(Cursor), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })) },
  strict,
)

export const CASE_KINDS = ['actor', 'collection', 'hit'] as const
export const CASE_STATES = ['open', 'leased', 'decided'] as const
/** Whose turn it is: the first opinion, a second one by another person, or a supervisor's after two that differ. */
export const CASE_STAGES = ['first', 'second', 'supervisor'] as const
/** Why a case was opened beside an earlier one of the same uploader. */
export const OPENED_BECAUSE = ['first', 'earlier-full', 'after-decision', 'new-evidence'] as const
