// What the audit says of the decisions on a case, with the proof that it does.
import type { CaseProof } from '../../contract/case-export.ts'
import type { AuditAction } from '../../contract/review.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import { proveInclusion } from './stored-tree.ts'

const OF_DECISIONS: readonly AuditAction[] = ['decided', 'undone', 'corrected', 'outcome-reported']

/**
 * Only of a decided case: before, its entries would tell the second reviewer what the first one said. Entries that the newest
 * checkpoint doesn't cover yet are not in it: make one first (checkpoints.ts).
 */
export async function proveCase(db: ReviewDatabase, caseId: string): Promise<CaseProof> {
  const newest = await db
    .selectFrom('audit_checkpoints')
    .select(['size', 'note'])
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!newest) return { entries: [] }
  const rows = await db
    .selectFrom('audit_entries')
    .select(['leaf_index', 'entry'])
    .where('case_id', '=', caseId)
    .where('action', 'in', OF_DECISIONS)
    .where('leaf_index', '<', newest.size)
    .orderBy('leaf_index')
    .execute()
  const indexes = rows.map(({ leaf_index }) => Number(leaf_index))
  const proofs = await proveInclusion(db, indexes, Number(newest.size))
  return {
    checkpoint: newest.note,
    entries: rows.map(({ entry }, at) => ({
      index: indexes[at],
      entry,
      proof: proofs[at].map((hash) => Buffer.from(hash).toString('base64')),
    })),
  }
}
