// Verifies the whole audit against its published checkpoints, or names the first broken entry.
import type { Transaction } from 'kysely'
import type { AuditVerifyView } from '../../contract/review.ts'
import type { EventLog } from '../../log/event-log.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import type { Tables } from '../store/tables.ts'
import { checkDecisions } from './check-decisions.ts'
import { parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import type { Edge } from './merkle.ts'
import { noteId, readPublished } from './published.ts'
import { isSignedBy, type NoteVerifier } from './signed-note.ts'
import { TreeCheck, type Claim, type StoredEntry } from './tree-check.ts'

/** Rows read at a time: the requests of others wait while they are hashed, some 20 ms. */
const BATCH = 2_000
/** A checkpoint that has left the outbox may take this long to be read from the topic, in milliseconds. */
const PUBLISHING_MS = 600_000

const HEAD_DIFFERS = 'The stored head of the tree was changed: the entries lead to another one'

const IF_RESTORED =
  'If the store was restored from an older backup, keep the published checkpoints, write down when and why, and begin a new log by another name in review.audit.origin: deploy/review/README.md says how under Backup. Else find out who changed the store.'

export interface VerifyOptions {
  readonly db: ReviewDatabase
  readonly origin: string
  /** The keys that sign checkpoints, or have signed them before. */
  readonly verifiers: readonly NoteVerifier[]
  /** Read from the topic by readPublished, before this is called. */
  readonly published: readonly Checkpoint[]
}

/** Reads the topic of checkpoints first, so that each of them covers entries that the store has by then. */
export async function verifyPublishedAudit({
  log,
  topic,
  ...options
}: Omit<VerifyOptions, 'published'> & {
  readonly log: EventLog
  readonly topic: string
}): Promise<AuditVerifyView> {
  return verifyAudit({ ...options, published: await readPublished(log, topic, options.origin) })
}

export async function verifyAudit(options: VerifyOptions): Promise<AuditVerifyView> {
  const { db, published } = options
  // One snapshot: entries that are appended meanwhile are not seen, and the head fits the entries.
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const stored = await storedCheckpoints(tx, options)
      const ofTopic = new Set(published.map((checkpoint) => claimOf(checkpoint, options)))
      const check = new TreeCheck([...ofTopic, ...stored.claims])
      await readEntries(tx, check)
      const { size, fault, headDiffers, held, foreign, isAnotherHistory } = check.finish(await readHead(tx))
      const fromTopic = held.filter((claim) => ofTopic.has(claim))
      // A signed root proves all smaller ones that hold.
      const vouching = fromTopic.slice(0, fromTopic.findLastIndex((claim) => claim.isSigned()) + 1)
      const proven = vouching.at(-1)?.size ?? 0
      const warnings = warningsOf({ size, proven, foreign, isAnotherHistory, missing: stored.missing })
      const whyTree = fault?.why ?? (headDiffers ? HEAD_DIFFERS : undefined)
      // Entries that do not hold themselves prove nothing of the decisions.
      const decisions = whyTree === undefined ? await checkDecisions(tx) : undefined
      const why = whyTree ?? decisions?.why
      const broken =
        fault ?? (decisions?.index !== undefined && { from: decisions.index, to: decisions.index })
      return {
        isIntact: why === undefined,
        entries: size,
        checkpoints: vouching.length,
        proven,
        ...(broken && { firstBroken: broken.from, firstBrokenAtMost: broken.to }),
        ...(why !== undefined && { why }),
        ...(warnings.length > 0 && { warnings: [...warnings] }),
      }
    })
}

const claimOf = ({ size, root, note }: Checkpoint, { verifiers }: VerifyOptions): Claim => ({
  size,
  root,
  isSigned: () => isSignedBy(note, verifiers),
})

/** The checkpoints that the store has beside the topic, and how many of them should be in the topic and are not. */
async function storedCheckpoints(
  tx: Transaction<Tables>,
  options: VerifyOptions,
): Promise<{ readonly claims: readonly Claim[]; readonly missing: number }> {
  const rows = await tx.selectFrom('audit_checkpoints').select(['note', 'at']).orderBy('size').execute()
  const waiting = await tx
    .selectFrom('outbox')
    .select('value')
    .where('topic', '=', 'audit-checkpoints')
    .execute()
  const notYet = new Set(waiting.map(({ value }) => value))
  const known = new Set(options.published.map(noteId))
  const claims: Claim[] = []
  let missing = 0
  for (const { note, at } of rows) {
    const checkpoint = parseCheckpoint(Buffer.from(note), options.origin)
    if (!checkpoint || known.has(noteId(checkpoint))) continue
    claims.push(claimOf(checkpoint, options))
    if (!notYet.has(note) && at.getTime() < Date.now() - PUBLISHING_MS) missing += 1
  }
  return { claims, missing }
}

async function readEntries(tx: Transaction<Tables>, check: TreeCheck): Promise<void> {
  for (let from = 0, isWanted = true; isWanted;) {
    const rows = await tx
      .selectFrom('audit_entries')
      .select(['leaf_index', 'entry', 'subtrees', 'at', 'action', 'actor', 'case_id'])
      .where('leaf_index', '>=', String(from))
      .orderBy('leaf_index')
      .limit(BATCH)
      .execute()
    isWanted = rows.length > 0 && rows.every((row) => check.take(entryOf(row)))
    from = Number(rows.at(-1)?.leaf_index ?? from) + 1
  }
}

const entryOf = (row: {
  leaf_index: string
  entry: string
  subtrees: Buffer
  at: Date
  action: string
  actor: string
  case_id: string | null
}): StoredEntry => ({
  index: Number(row.leaf_index),
  entry: row.entry,
  subtrees: row.subtrees,
  at: row.at,
  action: row.action,
  actor: row.actor,
  caseId: row.case_id,
})

async function readHead(tx: Transaction<Tables>): Promise<Edge> {
  const head = await tx
    .selectFrom('audit_head')
    .select(['size', 'edge'])
    .where('id', '=', 1)
    .executeTakeFirst()
  return { size: Number(head?.size ?? 0), hashes: head?.edge ?? [] }
}

function warningsOf({
  size,
  proven,
  foreign,
  isAnotherHistory,
  missing,
}: {
  readonly size: number
  readonly proven: number
  readonly foreign: number
  readonly isAnotherHistory: boolean
  readonly missing: number
}): readonly string[] {
  const warnings: string[] = []
  if (isAnotherHistory) warnings.push(IF_RESTORED)
  if (proven < size)
    warnings.push(
      `No published checkpoint covers ${proven === 0 ? 'any entry' : `the entries from ${proven} on`}: only the store itself says that they are as they were.`,
    )
  if (missing > 0)
    warnings.push(
      `${missing} checkpoints that were published are no longer in the topic: find out who removed them.`,
    )
  if (foreign > 0)
    warnings.push(
      `${foreign} checkpoints of this log differ from it and are signed by none of the keys: find out who wrote them, or name the key that signed them in review.audit.verifierKeys.`,
    )
  return warnings
}
