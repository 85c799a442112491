// A reference of a hit, for the copy button: each use is an entry of the audit.
import type { ReferenceBody, ReferenceView } from '../../contract/review.ts'
import { appendAudit } from '../audit/append.ts'
import { ReviewProblem } from '../problems.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import type { Actor } from '../rights.ts'
import { readCase, requireRight } from './access.ts'
import { hitKey } from './views.ts'

const COLUMNS = {
  contentRef: 'content_ref',
  actorRef: 'actor_ref',
  collectionRef: 'collection_ref',
  cybertipId: 'cybertip_id',
  reportId: 'report_id',
} as const

/** Not found, if the hit has none. */
export function readReference(
  context: ReviewContext,
  actor: Actor,
  hitId: string,
  { reference }: ReferenceBody,
): Promise<ReferenceView> {
  requireRight(actor, 'case.read')
  return context.db.transaction().execute(async (tx) => {
    const hit = await tx
      .selectFrom('hits')
      .select(['case_id', COLUMNS[reference]])
      .where('hit_id', '=', hitKey(hitId))
      .executeTakeFirst()
    if (hit === undefined) throw new ReviewProblem('not-found')
    const { case_id: caseId } = await readCase(tx, context, actor, hit.case_id)
    const value = hit[COLUMNS[reference]]
    if (value === null || value === undefined) throw new ReviewProblem('not-found')
    const details = { hitId, reference }
    const at = await timeNow(tx, context)
    await appendAudit(tx, [{ action: 'reference-read', actor: actor.subject, caseId, details }], at)
    return { value }
  })
}
