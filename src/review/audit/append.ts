// Appends entries to the audit, in the transaction that they tell of.
import type { Transaction } from 'kysely'
import { canonicalJson } from '../../contract/json.ts'
import type { AuditAction } from '../../contract/review.ts'
import type { Tables } from '../store/tables.ts'
import { leafHash, withLeaf, type Edge } from './merkle.ts'

/** What somebody did. `details` holds no hash value and no reference: only hit ids, counts, names of settings. */
export interface AuditEvent {
  readonly action: AuditAction
  /** Subject of the person, or `system`. */
  readonly actor: string
  readonly caseId?: string | undefined
  readonly details?: Readonly<Record<string, string | number | boolean>>
}

/**
 * Call it last in a transaction: it locks the head of the tree, which every other one waits for. `at` is the time of the
 * entries.
 */
export async function appendAudit(
  tx: Transaction<Tables>,
  events: readonly AuditEvent[],
  at: Date,
): Promise<void> {
  if (events.length === 0) return
  const head = await tx
    .selectFrom('audit_head')
    .select(['size', 'edge'])
    .where('id', '=', 1)
    .forUpdate()
    .executeTakeFirstOrThrow()
  let edge: Edge = { size: Number(head.size), hashes: head.edge }
  const rows = events.map(({ action, actor, caseId, details = {} }) => {
    const index = edge.size
    const entry = canonicalJson({
      index,
      at: at.toISOString(),
      action,
      actor,
      ...(caseId === undefined ? {} : { caseId }),
      details,
    })
    edge = withLeaf(edge, leafHash(entry))
    return { leaf_index: index, entry, at, action, actor, case_id: caseId ?? null }
  })
  await tx.insertInto('audit_entries').values(rows).execute()
  await tx
    .updateTable('audit_head')
    .set({ size: edge.size, edge: edge.hashes.map((hash) => Buffer.from(hash)) })
    .where('id', '=', 1)
    .execute()
}
