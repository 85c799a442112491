// Releases entries whose hold is over, and removes those whose time has ended: matchers never go by their own clocks.
import { decodeEntry, encodeKnownHash, type Entry } from '../../contract/known-hash.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog, OutgoingRecord } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'
import { enabled } from './curation.ts'
import { publishEntries } from './find-entries.ts'

export interface Released {
  /** Entries that are searched again. */
  readonly released: number
  /** Entries that have ended. */
  readonly removed: number
}

/**
 * Reads the topic once. Run twice it does the same as once: the first run leaves nothing due. A change of the
 * entry that comes between the reading and the publishing is overwritten: the next import puts it right.
 */
export async function releaseDue(log: EventLog, topic: string, now: Date): Promise<Released> {
  const due = new Map<string, Entry>()
  await readToEnd(log, topic, ({ key, value }) => {
    const name = key?.toString('utf8') ?? ''
    due.delete(name)
    // Nearly all entries have neither field, and are not decoded.
    if (value === null || !(value.includes('"held"') || value.includes('"validUntil"'))) return
    const change = decodeEntry(key, value)
    if (change instanceof Rejection || change.entry === null) return
    if (hasEnded(change.entry, now) || isReleased(change.entry, now)) due.set(change.key, change.entry)
  })
  const records = [...due].map(([key, entry]) => recordOf(key, entry, now))
  await publishEntries(log, topic, records)
  const removed = records.filter(({ value }) => value === null).length
  return { removed, released: records.length - removed }
}

const isOver = (until: string | undefined, now: Date): boolean =>
  until !== undefined && Date.parse(until) <= now.getTime()

const hasEnded = ({ validUntil }: Entry, now: Date): boolean => isOver(validUntil, now)

/** A degenerate value has no time at which it says something of a file. */
const isReleased = ({ held }: Entry, now: Date): boolean =>
  held !== undefined && held.why !== 'degenerate' && isOver(held.until, now)

function recordOf(key: string, entry: Entry, now: Date): OutgoingRecord {
  if (hasEnded(entry, now)) return { key, value: null }
  const curated = enabled(entry)
  return { key, value: encodeKnownHash(typeof curated === 'string' ? entry : curated.entry) }
}
