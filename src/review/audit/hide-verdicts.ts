// Keeps second opinions blind for people who may read the audit, too.
import { sql } from 'kysely'
import type { AuditPage } from '../../contract/review.ts'
import { cameToDecision, mayStillGiveSecond } from '../queue/blindness.ts'
import { storeClock, type ReviewContext } from '../review-context.ts'
import { may, type Actor } from '../rights.ts'
import type { ReviewDatabase } from '../store/connect.ts'

/** The page without the verdicts on cases and hits that wait for an opinion which this person may give, and must give blind. */
export async function hideOpenVerdicts(
  db: ReviewDatabase,
  actor: Actor,
  { entries, ...rest }: AuditPage,
  clock: ReviewContext['clock'] = storeClock,
): Promise<AuditPage> {
  const telling = entries.filter(({ caseId, details }) => caseId !== undefined && 'verdict' in details)
  if (!may(actor, 'case.second') || telling.length === 0) return { entries, ...rest }
  const cases = await blindCases(
    db,
    actor,
    telling.map(({ caseId }) => caseId),
    clock,
  )
  const verdicts = await overtakenVerdicts(
    db,
    telling.map(({ details }) => details['verdictId']),
  )
  return {
    entries: entries.map((entry) => {
      const { verdict: _hidden, ...details } = entry.details
      const isHidden = cases.has(entry.caseId) || verdicts.has(details['verdictId'])
      return isHidden ? { ...entry, details } : entry
    }),
    ...rest,
  }
}

async function blindCases(
  db: ReviewDatabase,
  actor: Actor,
  caseIds: readonly (string | undefined)[],
  clock: ReviewContext['clock'],
): Promise<ReadonlySet<string | undefined>> {
  // Who settles a case reads both opinions before.
  const stages = may(actor, 'case.settle') ? ['first', 'second'] : ['first', 'second', 'supervisor']
  const { rows } = await sql<{ caseId: string }>`
    select c.case_id as "caseId" from cases c where c.case_id = any(${caseIds}::bigint[])
      and ((c.state <> 'decided' and c.stage = any(${stages}))
        or ${mayStillGiveSecond(actor, sql`c.case_id`, clock)})`.execute(db)
  return new Set(rows.map(({ caseId }) => caseId))
}

/** Those with an opinion that new evidence has overtaken: its hit waits in another case. */
async function overtakenVerdicts(
  db: ReviewDatabase,
  verdictIds: readonly unknown[],
): Promise<ReadonlySet<unknown>> {
  const { rows } = await sql<{ verdictId: string }>`
    select distinct d.verdict_id as "verdictId" from decisions d join hits h on h.hit_id = d.hit_id
    where d.verdict_id = any(${verdictIds.filter((id) => id !== undefined)}::uuid[])
      and h.case_id <> d.case_id and h.decision_id is null and not ${cameToDecision(sql`d`)}`.execute(db)
  return new Set(rows.map(({ verdictId }) => verdictId))
}
