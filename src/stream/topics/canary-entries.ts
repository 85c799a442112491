// The canaries among the known hashes.
import { CANARY_ENTRIES } from '../../contract/canary.ts'
import { encodeKnownHash, knownHashKey } from '../../contract/known-hash.ts'
import type { EventLog, OutgoingRecord } from '../../log/event-log.ts'
import { readRange } from '../../log/read-to-end.ts'

const RECORDS: readonly OutgoingRecord[] = CANARY_ENTRIES.map((entry) => ({
  key: knownHashKey(entry),
  value: encodeKnownHash(entry),
}))

/** Publishes the canaries of all hash types, and those of the canary file, into known-hashes. Publishing them again changes no set. */
export const publishCanaries = (log: EventLog, topic: string): Promise<void> => log.produce(topic, RECORDS)

/** Whether known-hashes begins with canaries, right after the record `_topic`. Reads only those few records. */
export async function beginsWithCanaries(log: EventLog, topic: string): Promise<boolean> {
  const [{ partition, earliest, end }] = await log.offsets(topic)
  const keys = new Set<string | undefined>()
  const to = Math.min(end, earliest + 1 + RECORDS.length)
  await readRange(log, topic, new Map([[partition, { from: earliest, to }]]), ({ key }) => {
    keys.add(key?.toString('utf8'))
  })
  return RECORDS.every(({ key }) => keys.has(String(key)))
}
