// Keeps second opinions blind for people who may read the audit, too.
import type { AuditPage } from '../../contract/review.ts'
import { may, type Actor } from '../rights.ts'
import type { ReviewDatabase } from '../store/connect.ts'

/** The page without the verdicts on cases that wait for an opinion which this person may give, and must give blind. */
export async function hideOpenVerdicts(
  db: ReviewDatabase,
  actor: Actor,
  { entries, ...rest }: AuditPage,
): Promise<AuditPage> {
  const caseIds = entries.flatMap(({ caseId, details }) =>
    caseId !== undefined && 'verdict' in details ? [caseId] : [],
  )
  if (!may(actor, 'case.second') || caseIds.length === 0) return { entries, ...rest }
  const open = await db
    .selectFrom('cases')
    .select('case_id')
    .where('case_id', 'in', caseIds)
    .where('state', '<>', 'decided')
    // Who settles a case reads both opinions before.
    .where('stage', 'in', may(actor, 'case.settle') ? ['first', 'second'] : ['first', 'second', 'supervisor'])
    .execute()
  const hidden = new Set<string | undefined>(open.map(({ case_id }) => case_id))
  return {
    entries: entries.map((entry) => {
      if (!hidden.has(entry.caseId)) return entry
      const { verdict: _hidden, ...details } = entry.details
      return { ...entry, details }
    }),
    ...rest,
  }
}
