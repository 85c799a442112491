// Releases entries whose hold is over, and removes those whose time has ended: matchers never go by their own clocks.
import { decodeEntry, type Entry } from '../../contract/known-hash.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog } from '../../log/event-log.ts'
import { enabled } from './curation.ts'
import { EntryRewrite } from './entry-rewrite.ts'

export interface Released {
  /** Entries that are searched again. */
  readonly released: number
  /** Entries that have ended. */
  readonly removed: number
}

/**
 * Reads the topic once. Run twice it does the same as once: the first run leaves nothing due. What another writer makes of an
 * entry meanwhile stays: see entry-rewrite.ts.
 */
export async function releaseDue(log: EventLog, topic: string, now: Date): Promise<Released> {
  const rewrite = await EntryRewrite.read(log, topic, (key, value) => {
    // Nearly all entries have neither field, and are not decoded.
    if (!(value.includes('"held"') || value.includes('"validUntil"'))) return undefined
    const change = decodeEntry(key, value)
    if (change instanceof Rejection || change.entry === null) return undefined
    return hasEnded(change.entry, now) || isReleased(change.entry, now) ? change.entry : undefined
  })
  const published = await rewrite.publish((_key, entry) => entry && asItIsAt(entry, now))
  const removed = [...published.values()].filter((text) => text === null).length
  return { removed, released: published.size - removed }
}

const isOver = (until: string | undefined, now: Date): boolean =>
  until !== undefined && Date.parse(until) <= now.getTime()

const hasEnded = ({ validUntil }: Entry, now: Date): boolean => isOver(validUntil, now)

/** A degenerate value has no time at which it says something of a file. */
const isReleased = ({ held }: Entry, now: Date): boolean =>
  held !== undefined && held.why !== 'degenerate' && isOver(held.until, now)

/** The entry at a time; undefined: it has ended. */
function asItIsAt(entry: Entry, now: Date): Entry | undefined {
  if (hasEnded(entry, now)) return undefined
  const curated = isReleased(entry, now) ? enabled(entry) : 'unchanged'
  return typeof curated === 'string' ? entry : curated.entry
}
