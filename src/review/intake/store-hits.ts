// Stores hits and puts them into cases: one transaction for one batch, idempotent, safe beside other processes.
import { sql, type Transaction } from 'kysely'
import { compareText, type Hit } from '../../contract/hit.ts'
import { mergeHits } from '../../contract/hit-merge.ts'
import type { ReviewSettings } from '../../settings/review-settings.ts'
import { announceIntake } from './announce-intake.ts'
import { appendAudit, type AuditEvent } from '../audit/append.ts'
import { advanceCase } from '../decisions/case-progress.ts'
import { leaseEnded } from '../queue/lease.ts'
import { SYSTEM } from '../rights.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import type { Tables } from '../store/tables.ts'
import { caseSubject } from './case-subject.ts'
import { IntakeRaceError, lockState, type LockedState } from './lock-state.ts'
import { planIntake, type IncomingHit, type IntakePlan } from './plan-intake.ts'
import { writePlan } from './write-plan.ts'

export type IntakeSettings = Pick<ReviewSettings, 'hitsPerCase' | 'queues'>

/** What a batch did. A hit that says nothing new counts nowhere. */
export interface StoredHits {
  readonly added: number
  readonly changed: number
  readonly reopened: number
  readonly newCases: number
}

const RACES = 5

export async function storeHits(
  db: ReviewDatabase,
  settings: IntakeSettings,
  hits: readonly Hit[],
): Promise<StoredHits> {
  const incoming = mergedById(hits)
  if (incoming.length === 0) return { added: 0, changed: 0, reopened: 0, newCases: 0 }
  for (let race = 1; ; race++) {
    try {
      return await db.transaction().execute((tx) => storeIn(tx, settings, incoming))
    } catch (error) {
      if (!(error instanceof IntakeRaceError) || race >= RACES) throw error
    }
  }
}

async function storeIn(
  tx: Transaction<Tables>,
  settings: IntakeSettings,
  incoming: readonly IncomingHit[],
): Promise<StoredHits> {
  const state = await lockState(tx, incoming)
  const plan = planIntake(state, incoming, settings.hitsPerCase)
  const written = await writePlan(tx, plan, state, settings)
  await announceIntake(tx, written)
  if (plan.changed.some(({ reopenedFrom }) => reopenedFrom)) await afterReopening(tx, plan, state)
  return {
    added: plan.added.length,
    changed: plan.changed.length,
    reopened: plan.changed.filter(({ reopenedFrom }) => reopenedFrom).length,
    newCases: plan.newCases.length,
  }
}

/** One hit for each id, oldest first. */
function mergedById(hits: readonly Hit[]): readonly IncomingHit[] {
  const byId = new Map<string, Hit>()
  for (const hit of hits) {
    const before = byId.get(hit.hitId)
    byId.set(hit.hitId, before ? mergeHits(before, hit) : hit)
  }
  return [...byId.values()]
    .toSorted((a, b) => compareText(a.receivedAt, b.receivedAt) || compareText(a.hitId, b.hitId))
    .map((hit) => ({ hit, subject: caseSubject(hit) }))
}

/** Cases that undecided hits have left go on with the others, and the audit says what was reopened. */
async function afterReopening(tx: Transaction<Tables>, plan: IntakePlan, state: LockedState): Promise<void> {
  const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(tx)
  const [{ at }] = rows
  const events = plan.changed.flatMap(({ row, inCase, reopenedFrom }): AuditEvent[] =>
    reopenedFrom
      ? [
          {
            action: 'case-reopened',
            actor: SYSTEM,
            caseId: inCase.caseId,
            details: { hitId: row.hit_id, earlierCaseId: reopenedFrom.caseId ?? '' },
          },
        ]
      : [],
  )
  for (const { caseId, stage, leaseToken, isLeft } of state.cases.values()) {
    if (!isLeft) continue
    const progress = await advanceCase(tx, { case_id: caseId, stage }, at)
    if (leaseToken !== undefined && progress.stage !== stage)
      events.push(leaseEnded({ case_id: caseId, lease_token: leaseToken }, SYSTEM, 'new-evidence'))
  }
  await appendAudit(tx, events, at)
}
