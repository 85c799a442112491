// A row of the store as a row of the queue.
import type { CaseRow } from '../../contract/review.ts'
import { may, type Actor } from '../rights.ts'
import type { CaseRecord } from './access.ts'

/** Who holds a case, and whose it is, only that person and those who direct cases see. */
export function caseRow(record: CaseRecord, actor: Actor): CaseRow {
  const { assigned_to, lease_holder, lease_until, decided_at } = record
  const seesPerson = (person: string): boolean => person === actor.subject || may(actor, 'case.direct')
  return {
    caseId: record.case_id,
    kind: record.kind,
    platform: record.platform,
    queue: record.queue,
    state: record.state,
    stage: record.stage,
    priority: record.priority,
    isRaised: record.is_raised,
    oldestAt: record.oldest_at.toISOString(),
    hits: record.hit_count,
    undecided: record.undecided_count,
    grades: record.grades,
    classifications: record.classifications,
    jurisdictions: record.jurisdictions,
    ...(assigned_to !== null && seesPerson(assigned_to) ? { assignedTo: assigned_to } : {}),
    ...(lease_holder !== null && lease_until !== null && seesPerson(lease_holder)
      ? { leasedBy: lease_holder, leaseUntil: lease_until.toISOString() }
      : {}),
    ...(decided_at === null ? {} : { decidedAt: decided_at.toISOString() }),
    hasLegalHold: record.legal_hold,
  }
}
