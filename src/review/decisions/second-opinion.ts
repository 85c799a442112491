// When a hit needs a second opinion, and what two opinions come to.
import type { Verdict } from '../../contract/decision.ts'
import type { ReviewSettings } from '../../settings/review-settings.ts'
import { ReviewProblem } from '../problems.ts'
import type { CaseRecord } from '../queue/access.ts'
import type { CaseStage } from '../store/tables.ts'

/** Whether a rule of the settings asks for two opinions on this case. */
export function needsSecond(
  { secondOpinion: { grades = [], classifications = [] } }: ReviewSettings,
  record: Pick<CaseRecord, 'grades' | 'classifications'>,
): boolean {
  return (
    record.grades.some((grade) => grades.includes(grade)) ||
    record.classifications.some((one) => classifications.includes(one))
  )
}

/** A case has one second opinion at most: so at a later stage no person can ask for another. */
export function requireVerdictAt(stage: CaseStage, verdict: Verdict): void {
  if (stage !== 'first' && verdict === 'needs-second')
    throw new ReviewProblem('invalid', 'This is the second opinion already: decide, or skip the case.')
}

/**
 * What comes of a verdict on a hit: it stands, or the hit waits for the next stage. `needs-second` says nothing of the hit,
 * so any second verdict agrees with it.
 */
export function resolve(
  { stage, verdict, isByRule }: { stage: CaseStage; verdict: Verdict; isByRule: boolean },
  first: Verdict | undefined,
): 'stands' | Exclude<CaseStage, 'first'> {
  if (stage === 'first') return isByRule || verdict === 'needs-second' ? 'second' : 'stands'
  if (stage === 'supervisor') return 'stands'
  return first === verdict || first === 'needs-second' ? 'stands' : 'supervisor'
}
