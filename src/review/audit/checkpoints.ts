// Makes the audit's checkpoints: signs the head of the tree, and publishes it through the outbox. Several processes may run
// it; one of them makes each checkpoint.
import type { KeyObject } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { Repeated } from '../../waiting/repeated.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import type { Tables } from '../store/tables.ts'
import { signCheckpoint } from './checkpoint.ts'

/** How long new entries may be without a checkpoint, in milliseconds, and how many of them. */
const EVERY_MS = 60_000
const EVERY_ENTRIES = 1_000
/** How often a process looks whether one is due, in milliseconds. */
const LOOK_MS = 1_000

/** Who holds this advisory lock of the database makes the checkpoint. Any number that nothing else uses. */
const LOCK = 7_239_004

export interface CheckpointOptions {
  readonly db: ReviewDatabase
  /** Ed25519: see audit-key.ts. */
  readonly key: KeyObject
  /** The name of the log. */
  readonly origin: string
  /** Called with what a checkpoint failed at; it is tried again. */
  readonly onFailure: (error: unknown) => void
  readonly everyMs?: number
  readonly everyEntries?: number
  readonly lookMs?: number
}

export interface Checkpoints {
  /** Makes one for all entries that are committed, unless there is one. */
  readonly make: () => Promise<void>
  readonly stop: () => Promise<void>
}

export function startCheckpoints(options: CheckpointOptions): Checkpoints {
  const { lookMs = LOOK_MS, onFailure } = options
  const looking = new Repeated({ everyMs: lookMs, work: () => makeIfDue(options), onFailure })
  return { make: () => makeNow(options), stop: () => looking.stop() }
}

async function makeIfDue(options: CheckpointOptions): Promise<void> {
  const { db, everyMs = EVERY_MS, everyEntries = EVERY_ENTRIES } = options
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      isMine: boolean
    }>`select pg_try_advisory_xact_lock(${LOCK}) as "isMine"`.execute(tx)
    if (!rows[0]?.isMine) return
    const head = await uncovered(tx)
    if (head && (head.entries >= everyEntries || head.ageMs >= everyMs)) await put(tx, head, options)
  })
}

async function makeNow(options: CheckpointOptions): Promise<void> {
  await options.db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(tx)
    const head = await uncovered(tx)
    if (head) await put(tx, head, options)
  })
}

interface UncoveredHead {
  readonly size: number
  readonly hashes: readonly Buffer[]
  /** Entries since the last checkpoint. */
  readonly entries: number
  /** Since the last checkpoint, in milliseconds. */
  readonly ageMs: number
}

/** The head, if it has entries that no checkpoint covers. Head and entries are one row's state: nothing is locked. */
async function uncovered(tx: Transaction<Tables>): Promise<UncoveredHead | undefined> {
  const { rows } = await sql<{ size: string; edge: Buffer[]; covered: string | null; ageMs: number | null }>`
    select head.size, head.edge, last.size as covered,
      (extract(epoch from clock_timestamp() - last.at) * 1000)::float8 as "ageMs"
    from audit_head as head
    left join (select size, at from audit_checkpoints order by size desc limit 1) as last on true
    where head.id = 1`.execute(tx)
  const [head] = rows
  const size = Number(head?.size ?? 0)
  const entries = size - Number(head?.covered ?? 0)
  if (!head || entries === 0) return undefined
  return { size, hashes: head.edge, entries, ageMs: head.ageMs ?? Infinity }
}

async function put(
  tx: Transaction<Tables>,
  head: UncoveredHead,
  { key, origin }: CheckpointOptions,
): Promise<void> {
  const note = signCheckpoint(head, { name: origin, privateKey: key })
  await tx.insertInto('audit_checkpoints').values({ size: head.size, note }).execute()
  await tx
    .insertInto('outbox')
    .values({ topic: 'audit-checkpoints', key: origin, value: note, due_at: sql<Date>`now()` })
    .execute()
}
