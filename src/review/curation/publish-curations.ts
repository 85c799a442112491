// Publishes what people have decided on lists: each at least once, in the order in which they were decided. A decision says
// what holds afterwards, so to publish it again changes nothing.
import type { Kysely } from 'kysely'
import { encodeListRecord, listRecordKey, type ListApproval } from '../../contract/list-state.ts'
import { knownHashKey, type Entry, type EntryIdentity } from '../../contract/known-hash.ts'
import { isHashType } from '../../hash/hash-type.ts'
import type { HashValue } from '../../hash/hash-value.ts'
import { EntryCuration } from '../../lists/curate/curate-entries.ts'
import { disabled, enabled, type Curated } from '../../lists/curate/curation.ts'
import type { ListTopics } from '../../lists/curate/publish-statistics.ts'
import { isDegenerate } from '../../lists/import/terms.ts'
import type { EventLog } from '../../log/event-log.ts'
import type { ReviewContext } from '../review-context.ts'
import { whileHeld } from '../store/held-lock.ts'
import type { Tables } from '../store/tables.ts'
import { namesEntry, targetOf, type Curation, type EntriesTarget, type Target } from './curations.ts'
import { TargetIndex } from './target-index.ts'

export interface PublishingParts {
  readonly db: Kysely<Tables>
  readonly clock: ReviewContext['clock']
  readonly log: EventLog
  readonly topics: ListTopics
}

/** Any number that no other advisory lock of the database has: its holder is the one process that publishes. */
const CURATION_LOCK = 7_239_007

/** Publishes those that wait. False: another process is doing it. */
export const publishWaiting = (parts: PublishingParts): Promise<boolean> =>
  whileHeld(parts.db, CURATION_LOCK, (held) => publishAll({ ...parts, db: held }))

async function publishAll(parts: PublishingParts): Promise<void> {
  const rows = await parts.db
    .selectFrom('curation.curations')
    .selectAll()
    .where('done_at', 'is', null)
    .orderBy('at')
    .orderBy('curation_id')
    .execute()
  const waiting = rows.map((row): Waiting => ({ row, target: targetOf(row) }))
  // One topic that can't be written does not hold up the other one.
  const results = await Promise.allSettled([publishWords(parts, waiting), publishChanges(parts, waiting)])
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

interface Waiting<Of extends Target = Target> {
  readonly row: Curation
  readonly target: Of
}

type PendingTarget = Extract<Target, { readonly pendingId: string }>

const isOfChange = (one: Waiting): one is Waiting<PendingTarget> => 'pendingId' in one.target
const isOfEntries = (one: Waiting): one is Waiting<EntriesTarget> => !isOfChange(one)

async function publishWords(parts: PublishingParts, waiting: readonly Waiting[]): Promise<void> {
  const words = waiting.filter(isOfChange)
  if (words.length === 0) return
  const records = words.map(({ row, target }): ListApproval => ({
    schema: 'list-approval/1',
    source: target.source,
    pendingId: target.pendingId,
    verdict: row.kind === 'apply' ? 'apply' : 'refuse',
    at: row.at.toISOString(),
  }))
  await parts.log.produce(
    parts.topics.lists,
    records.map((record) => ({ key: listRecordKey(record), value: encodeListRecord(record) })),
  )
  for (const { row } of words) await markDone(parts, row, null)
}

async function publishChanges(parts: PublishingParts, waiting: readonly Waiting[]): Promise<void> {
  const changes = waiting.filter(isOfEntries)
  if (changes.length === 0) return
  const index = new TargetIndex(changes)
  const isMeant = (entry: EntryIdentity): boolean => index.has(entry)
  const curation = await EntryCuration.read(parts.log, parts.topics.knownHashes, isMeant)
  const holds = new Holds(index)
  curation.change(isMeant, (entry) => holds.after(entry))
  const done = changes.map((one) => ({ row: one.row, entries: suppressions(curation, one) }))
  await curation.publish()
  for (const { row, entries } of done) await markDone(parts, row, entries ?? holds.foundBy(row))
}

/** What decisions to disable and enable make of entries, one after the other. */
class Holds {
  readonly #index: TargetIndex<Waiting<EntriesTarget>>
  /**
   * The keys of what each of them is about, also if it was so already: a decision that is published again after a crash finds
   * its own work. An entry may be decided again after another writer has changed it.
   */
  readonly #found = new Map<Curation, Set<string>>()

  constructor(index: TargetIndex<Waiting<EntriesTarget>>) {
    this.#index = index
  }

  after(entry: Entry): Curated {
    let last = entry
    for (const { row } of this.#index.of(entry)) {
      const keys = this.#found.get(row) ?? new Set()
      this.#found.set(row, keys.add(knownHashKey(entry)))
      const result = heldBy(row, last)
      if (typeof result !== 'string') last = result.entry
    }
    return last === entry ? 'unchanged' : { entry: last }
  }

  foundBy(row: Curation): number {
    return this.#found.get(row)?.size ?? 0
  }
}

function heldBy({ kind, until }: Curation, entry: Entry): Curated {
  if (kind === 'disable') return disabled(entry, until?.toISOString())
  return kind === 'enable' ? enabled(entry) : 'unchanged'
}

/** Returns the number of suppressions that begin or end; undefined if the decision is about neither. */
function suppressions(curation: EntryCuration, { row, target }: Waiting<EntriesTarget>): number | undefined {
  if (row.kind === 'unsuppress') return curation.unsuppress((entry) => namesEntry(target, entry))
  if (row.kind !== 'suppress') return undefined
  // An earlier version took such values. Matchers would refuse the entry.
  if (!('value' in target) || !isHashType(target.type) || isDegenerate(target)) return 0
  curation.suppress({
    type: target.type,
    // Of a type that is searched: when it was asked for, the value was checked.
    value: target.value as HashValue,
    id: row.curation_id,
    at: row.at.toISOString(),
    until: row.until?.toISOString(),
  })
  return 1
}

const markDone = async (
  { db, clock }: PublishingParts,
  { curation_id: id }: Curation,
  entries: number | null,
): Promise<void> => {
  await db
    .updateTable('curation.curations')
    .set({ done_at: clock, entries })
    .where('curation_id', '=', id)
    .execute()
}
