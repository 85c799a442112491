// Outcomes of matching as text, which threads hand on quickly.
import { encodeHit, type Hit } from '../../contract/hit.ts'
import type { CanarySighting } from '../../matcher/canary-report.ts'
import type { Outcome } from '../../matcher/matcher.ts'

/** A hit as it is published. */
export interface EncodedHit extends Pick<Hit, 'schema' | 'hitId' | 'grade'> {
  /** Its canonical form. */
  readonly encoded: string
}

/** What a report came to, ready to be published: from thread to thread, text is handed on in a fraction of the time. */
export type EncodedOutcome = EncodedHit | CanarySighting | undefined

export function encodeOutcome(outcome: Outcome): EncodedOutcome {
  if (outcome?.schema !== 'hit/1') return outcome
  const { schema, hitId, grade } = outcome
  return { schema, hitId, grade, encoded: encodeHit(outcome) }
}
