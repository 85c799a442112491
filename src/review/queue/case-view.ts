// A case as a reviewer sees it: its hits with their decisions and outcomes, its neighbours, its history.
import { sql, type Selectable } from 'kysely'
import { evidenceOfAll } from '../../contract/decision.ts'
import type { Hit } from '../../contract/hit.ts'
import type { CaseHit, CaseView } from '../../contract/review.ts'
import { appendAudit } from '../audit/append.ts'
import { needsSecond } from '../decisions/second-opinion.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import type { Actor } from '../rights.ts'
import type { Tables } from '../store/tables.ts'
import {
  isOneOf,
  queuesOf,
  readCase,
  requireRight,
  type CaseRecord,
  type ReviewTransaction,
} from './access.ts'
import { mayStillGiveSecond } from './blindness.ts'
import { caseRow } from './case-row.ts'
import { historyOf } from './history.ts'
import { isHeldAt } from './lease.ts'
import { decisionView, outcomeView } from './views.ts'

const MAX_HITS = 1_000

type HitRecord = Selectable<Tables['hits']>

export function caseView(context: ReviewContext, actor: Actor, caseId: string): Promise<CaseView> {
  requireRight(actor, 'case.read')
  return context.db.transaction().execute(async (tx) => {
    const record = await readCase(tx, context, actor, caseId)
    const hits = await hitsOf(tx, record)
    const waiting = hits.filter((hit) => isWaiting(record, hit))
    const view: CaseView = {
      case: caseRow(record, actor),
      openedBecause: record.opened_because,
      ...(await neighbours(tx, queuesOf(context, actor), record)),
      evidence: evidenceOfAll(
        waiting.map(({ hit_id, evidence }) => ({ hitId: hit_id.toString('hex'), evidence })),
      ),
      hits: await caseHits(tx, record, hits, await mustStayBlind(tx, context, actor, caseId)),
      history: await historyOf(tx, context, actor, {
        record,
        entries: [...new Set(hits.flatMap(({ known_entries }) => known_entries))],
      }),
      needsSecond: needsSecond(context.settings, record),
    }
    const at = await timeNow(tx, context)
    await appendAudit(
      tx,
      [{ action: 'case-read', actor: actor.subject, caseId, details: { hits: hits.length } }],
      at,
    )
    if (record.lease_holder !== actor.subject || record.lease_until === null || !isHeldAt(record, at))
      return view
    return {
      ...view,
      lease: { token: Number(record.lease_token), until: record.lease_until.toISOString() },
    }
  })
}

const isWaiting = (record: CaseRecord, { decision_id, stage }: HitRecord): boolean =>
  decision_id === null && stage === record.stage && record.state !== 'decided'

const hitsOf = (tx: ReviewTransaction, { case_id, stage }: CaseRecord): Promise<HitRecord[]> =>
  tx
    .selectFrom('hits')
    .selectAll()
    .where('case_id', '=', case_id)
    .orderBy(sql`decision_id is null and stage = ${stage}`, 'desc')
    .orderBy(sql`decision_id is null`, 'desc')
    .orderBy('priority', 'desc')
    .orderBy('hit_id')
    .limit(MAX_HITS)
    .execute()

async function mustStayBlind(
  tx: ReviewTransaction,
  { clock }: ReviewContext,
  actor: Actor,
  caseId: string,
): Promise<boolean> {
  const { rows } = await sql<{ isBlind: boolean }>`
    select ${mayStillGiveSecond(actor, sql`${caseId}::bigint`, clock)} as "isBlind"`.execute(tx)
  return rows[0].isBlind
}

async function caseHits(
  tx: ReviewTransaction,
  record: CaseRecord,
  hits: readonly HitRecord[],
  isBlind: boolean,
): Promise<CaseHit[]> {
  if (hits.length === 0) return []
  const decisionIds = isBlind ? [] : hits.map(({ decision_id }) => decision_id).filter((id) => id !== null)
  const decisions =
    decisionIds.length === 0
      ? []
      : await tx.selectFrom('decisions').selectAll().where('decision_id', 'in', decisionIds).execute()
  const outcomes = await tx
    .selectFrom('outcomes')
    .selectAll()
    .where(
      'hit_id',
      'in',
      hits.map(({ hit_id }) => hit_id),
    )
    .orderBy('reported_at')
    .execute()
  const decisionById = new Map(decisions.map((row) => [row.decision_id, decisionView(row)]))
  const outcomesByHit = Map.groupBy(outcomes.map(outcomeView), ({ hitId }) => hitId)
  return hits.map((row) => {
    const decision = row.decision_id === null ? undefined : decisionById.get(row.decision_id)
    return {
      // Intake wrote the canonical JSON of a hit that it had checked.
      hit: JSON.parse(row.body) as Hit,
      evidence: row.evidence,
      isWaiting: isWaiting(record, row),
      ...(decision === undefined ? {} : { decision }),
      outcomes: outcomesByHit.get(row.hit_id.toString('hex')) ?? [],
    }
  })
}

/** The cases before and after this one, if the asker may see them. */
async function neighbours(
  tx: ReviewTransaction,
  visible: string[],
  { case_id, earlier_case_id }: CaseRecord,
): Promise<Pick<CaseView, 'earlier' | 'later'>> {
  const rows = await tx
    .selectFrom('cases')
    .select(['case_id', 'opened_because'])
    .where(isOneOf(visible))
    .where((where) =>
      where.or([
        where('earlier_case_id', '=', case_id),
        ...(earlier_case_id === null ? [] : [where('case_id', '=', earlier_case_id)]),
      ]),
    )
    .orderBy('case_id')
    .execute()
  const linkTo = (row: (typeof rows)[number]) => ({
    caseId: row.case_id,
    openedBecause: row.opened_because,
  })
  const earlier = rows.find((row) => row.case_id === earlier_case_id)
  const later = rows.find((row) => row.case_id !== earlier_case_id)
  return {
    ...(earlier === undefined ? {} : { earlier: linkTo(earlier) }),
    ...(later === undefined ? {} : { later: linkTo(later) }),
  }
}
