// Finds entries in the topic known-hashes. No process holds ten million of them: the topic is read once for each search.
import {
  decodeEntry,
  parseEntryKey,
  type Entry,
  type EntryIdentity,
  type KnownHashKey,
} from '../../contract/known-hash.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog, OutgoingRecord } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'

/** Records that are handed to Kafka at once. */
const BATCH = 1_000

/** The entries as they are now whose identity is wanted, by key. Only these are decoded. */
export async function findEntries(
  log: EventLog,
  topic: string,
  isWanted: (identity: EntryIdentity) => boolean,
): Promise<ReadonlyMap<KnownHashKey, Entry>> {
  const found = new Map<KnownHashKey, Entry>()
  await readToEnd(log, topic, ({ key, value }) => {
    const identity = key === null ? undefined : parseEntryKey(key.toString('utf8'))
    if (identity === undefined || !isWanted(identity)) return
    const change = decodeEntry(key, value)
    if (change instanceof Rejection) return
    if (change.entry) found.set(change.key, change.entry)
    else found.delete(change.key)
  })
  return found
}

/** A list of any length, a part at a time. */
export async function publishEntries(
  log: EventLog,
  topic: string,
  records: readonly OutgoingRecord[],
): Promise<void> {
  for (let from = 0; from < records.length; from += BATCH)
    await log.produce(topic, records.slice(from, from + BATCH))
}
