// An error as it is answered.
import { Type, type Static } from 'typebox'
import { strict } from './parts.ts'

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
