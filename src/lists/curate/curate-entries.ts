// Carries out in topic known-hashes what a person has decided on entries: disable, enable, suppress, end a suppression.
import { encodeKnownHash, knownHashKey, type Entry, type EntryIdentity } from '../../contract/known-hash.ts'
import type { EventLog, OutgoingRecord } from '../../log/event-log.ts'
import { CURATION_SOURCE, suppressionOf, type Curated, type Suppression } from './curation.ts'
import { findEntries, publishEntries } from './find-entries.ts'

export interface CuratedCounts {
  /** Entries that the selection means. */
  readonly found: number
  readonly changed: number
  /** They were so already. */
  readonly unchanged: number
  /** They stay held back, because their value says nothing of a file. */
  readonly degenerate: number
}

/**
 * Changes the entries that are meant, and publishes those that differ: done twice it changes nothing more. An import of
 * the same entry between the reading and the publishing is overwritten; the next import puts it right.
 */
export async function curateEntries(
  log: EventLog,
  topic: string,
  isMeant: (identity: EntryIdentity) => boolean,
  change: (entry: Entry) => Curated,
): Promise<CuratedCounts> {
  const found = await findEntries(log, topic, (identity) => isOfList(identity) && isMeant(identity))
  const results = [...found].map(([key, entry]) => ({ key, result: change(entry) }))
  const records = results.flatMap(({ key, result }): readonly OutgoingRecord[] =>
    typeof result === 'string' ? [] : [{ key, value: encodeKnownHash(result.entry) }],
  )
  await publishEntries(log, topic, records)
  const count = (what: Curated): number => results.filter(({ result }) => result === what).length
  return {
    found: found.size,
    changed: records.length,
    unchanged: count('unchanged'),
    degenerate: count('degenerate'),
  }
}

/** A suppression is ended, not disabled. */
const isOfList = ({ source }: EntryIdentity): boolean => source !== CURATION_SOURCE

/** Published once more under the same id, a suppression is the same one. */
export async function suppress(
  log: EventLog,
  topic: string,
  suppressions: readonly Suppression[],
): Promise<void> {
  const entries = suppressions.map(suppressionOf)
  await publishEntries(
    log,
    topic,
    entries.map((entry) => ({ key: knownHashKey(entry), value: encodeKnownHash(entry) })),
  )
}

/** Ends all suppressions that are meant. Returns how many there were. */
export async function unsuppress(
  log: EventLog,
  topic: string,
  isMeant: (identity: EntryIdentity) => boolean,
): Promise<number> {
  const found = await findEntries(log, topic, (identity) => !isOfList(identity) && isMeant(identity))
  await publishEntries(
    log,
    topic,
    [...found.keys()].map((key) => ({ key, value: null })),
  )
  return found.size
}
