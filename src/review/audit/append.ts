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

/** Rows of one statement: PostgreSQL takes 65,535 parameters, and a row has 7. */
const MOST_ROWS = 5_000

/**
 * Call it last in a transaction: it locks the head of the tree, which every other one waits for. `at` is the time of the
 * entries.
 */
export async function appendAudit(
  tx: Transaction<Tables>,
  events: readonly AuditEvent[],
  at: Date,
): Promise<void> {
  for (let from = 0; from < events.length; from += MOST_ROWS)
    await appendSome(tx, events.slice(from, from + MOST_ROWS), at)
}

/** Two statements, because all other transactions wait while they run. */
async function appendSome(tx: Transaction<Tables>, events: readonly AuditEvent[], at: Date): Promise<void> {
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
    const grown = withLeaf(edge, leafHash(entry))
    edge = grown.edge
    const subtrees = Buffer.concat(grown.completed)
    return { leaf_index: index, entry, subtrees, at, action, actor, case_id: caseId ?? null }
  })
  await tx
    .with('added', (query) => query.insertInto('audit_entries').values(rows))
    .updateTable('audit_head')
    .set({ size: edge.size, edge: edge.hashes.map((hash) => Buffer.from(hash)) })
    .where('id', '=', 1)
    .execute()
}
