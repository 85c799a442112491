// Events of the stream.
import { Type, type Static } from 'typebox'
import { CaseId, strict } from './parts.ts'

/** Events of the stream: what to ask for again. They carry no reference and no value. */
export const EVENT_NAMES = ['queue', 'case', 'lease'] as const
export const ReviewEvent = Type.Object(
  { event: Type.Enum([...EVENT_NAMES]), caseId: Type.Optional(CaseId) },
  strict,
)
export type ReviewEvent = Static<typeof ReviewEvent>
