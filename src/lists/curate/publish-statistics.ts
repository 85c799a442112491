// Publishes what each source holds to the topic `lists`, where the console reads it.
import {
  decodeListRecord,
  encodeListRecord,
  listRecordKey,
  type ListStatistics,
} from '../../contract/list-state.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog, OutgoingRecord } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'
import { readStatistics } from './statistics.ts'

/** Names of topics. */
export interface ListTopics {
  readonly knownHashes: string
  readonly lists: string
}

/**
 * Counts the topic known-hashes once, and publishes a record for each source. A source that has no record in
 * known-hashes any more loses the one of its statistics.
 */
export async function publishStatistics(
  log: EventLog,
  { knownHashes, lists }: ListTopics,
  now: Date,
): Promise<readonly ListStatistics[]> {
  const statistics = await readStatistics(log, knownHashes, now)
  const keys = new Set(statistics.map(listRecordKey))
  const gone = [...(await countedBefore(log, lists))].filter((key) => !keys.has(key))
  const records: readonly OutgoingRecord[] = [
    ...statistics.map((one) => ({ key: listRecordKey(one), value: encodeListRecord(one) })),
    ...gone.map((key) => ({ key, value: null })),
  ]
  // Kafka takes no empty batch.
  if (records.length > 0) await log.produce(lists, records)
  return statistics
}

/** The keys of the statistics that the topic has. */
async function countedBefore(log: EventLog, topic: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>()
  await readToEnd(log, topic, ({ key, value }) => {
    if (value === null) keys.delete(key?.toString('utf8') ?? '')
    else {
      const record = decodeListRecord(key, value)
      if (!(record instanceof Rejection) && record.schema === 'list-statistics/1')
        keys.add(listRecordKey(record))
    }
  })
  return keys
}
