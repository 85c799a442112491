// The outcome of matching a report, in the form that is published.
import { encodeHit, type Hit } from '../../contract/hit.ts'
import type { CanarySighting } from '../../matcher/canary-report.ts'
import type { Outcome } from '../../matcher/matcher.ts'

/** A hit as it is published. */
export interface EncodedHit extends Pick<Hit, 'schema' | 'hitId' | 'grade'> {
  /** Its canonical form. */
  readonly encoded: string
}

/** What a report came to, ready to be published. A text passes from thread to thread in a fraction of an object's time. */
export type EncodedOutcome = EncodedHit | CanarySighting | undefined

export function encodeOutcome(outcome: Outcome): EncodedOutcome {
  if (outcome?.schema !== 'hit/1') return outcome
  const { schema, hitId, grade } = outcome
  return { schema, hitId, grade, encoded: encodeHit(outcome) }
}
