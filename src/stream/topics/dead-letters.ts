// Lists dead letters, and submits the records again that they point to.
import { decodeDeadLetter, type DeadLetter } from '../../contract/dead-letter.ts'
import { canonicalJson, sha256Hex } from '../../contract/json.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog, OutgoingRecord } from '../../log/event-log.ts'
import { readRange, readToEnd } from '../../log/read-to-end.ts'
import { isReportTopic, type TopicNames } from './report-topics.ts'

/** A dead letter, and the time of its record in milliseconds since 1970. */
export interface ListedDeadLetter {
  readonly letter: DeadLetter
  readonly writtenAtMs: number
}

/**
 * All dead letters, oldest first; each once, even if its record was read several times. All that they say tells them
 * apart, never the record's key: anyone who may write to the topic chooses that, and could hide a later letter by
 * the key of an earlier one. A topic that was recreated has another record at the same offset, too.
 */
export async function listDeadLetters(log: EventLog, topic: string): Promise<readonly ListedDeadLetter[]> {
  const listed = new Map<string, ListedDeadLetter>()
  await readToEnd(log, topic, ({ value, timestampMs }) => {
    const letter = decodeDeadLetter(value)
    if (letter instanceof Rejection) return
    const contents = canonicalJson(letter)
    const before = listed.get(contents)
    // Partitions come in any order.
    if (!before || timestampMs < before.writtenAtMs)
      listed.set(contents, { letter, writtenAtMs: timestampMs })
  })
  return [...listed.values()].sort((a, b) => a.writtenAtMs - b.writtenAtMs)
}

/** What a replay did with the records that dead letters point to. */
export interface ReplayOutcome {
  readonly replayed: number
  /** Dead letters whose records have expired. */
  readonly expired: readonly DeadLetter[]
  /** Dead letters at whose offset another record stands now: the topic was recreated. */
  readonly replaced: readonly DeadLetter[]
  /** Dead letters of whole batches: those would be refused again. */
  readonly refused: readonly DeadLetter[]
  /** Dead letters that point to a topic that holds no reports: forged, or left of other settings. */
  readonly elsewhere: readonly DeadLetter[]
}

/**
 * Reads the records again that these dead letters point to, and appends each to its own topic, where a matcher reads it
 * like any report. (One that is still no report makes a new dead letter.) Records of other topics are never appended:
 * else a forged dead letter could have an operator bring an old record of known-hashes back. `signal` ends the reading.
 */
export async function replayDeadLetters(
  log: EventLog,
  topics: TopicNames,
  letters: readonly DeadLetter[],
  signal?: AbortSignal,
): Promise<ReplayOutcome> {
  const expired: DeadLetter[] = []
  const replaced: DeadLetter[] = []
  const elsewhere = letters.filter(({ topic }) => !isReportTopic(topics, topic))
  const ofReports = letters.filter(({ topic }) => isReportTopic(topics, topic))
  const refused = ofReports.filter(({ lastOffset }) => lastOffset !== undefined)
  const ofRecords = ofReports.filter(({ lastOffset }) => lastOffset === undefined)
  let replayed = 0
  for (const [topic, ofTopic] of Map.groupBy(ofRecords, (letter) => letter.topic)) {
    const wanted = Map.groupBy(ofTopic, ({ partition, offset }) => `${partition}-${offset}`)
    const records: OutgoingRecord[] = []
    await readRange(
      log,
      topic,
      await rangesOf(log, topic, ofTopic),
      ({ offset, key, value, headers }, partition) => {
        const name = `${partition}-${offset}`
        const pointing = wanted.get(name)
        if (!pointing) return
        wanted.delete(name)
        const sha256 = sha256Hex(value ?? '')
        const others = pointing.filter((letter) => letter.sha256 !== sha256)
        replaced.push(...others)
        // Copied, because the bytes belong to the fetch that read them.
        if (others.length < pointing.length)
          records.push({ key: key && Buffer.from(key), value: value && Buffer.from(value), headers })
      },
      signal,
    )
    expired.push(...[...wanted.values()].flat())
    if (records.length > 0) await log.produce(topic, records)
    replayed += records.length
  }
  return { replayed, expired, replaced, refused, elsewhere }
}

/** For each partition, the shortest range that holds the records that are still retained. */
async function rangesOf(
  log: EventLog,
  topic: string,
  letters: readonly DeadLetter[],
): Promise<ReadonlyMap<number, { from: number; to: number }>> {
  const ranges = new Map<number, { from: number; to: number }>()
  for (const { partition, earliest, end } of await log.offsets(topic)) {
    const offsets = letters
      .filter((letter) => letter.partition === partition && letter.offset >= earliest && letter.offset < end)
      .map(({ offset }) => offset)
    if (offsets.length > 0) {
      const from = offsets.reduce((a, b) => Math.min(a, b))
      const to = offsets.reduce((a, b) => Math.max(a, b)) + 1
      ranges.set(partition, { from, to })
    }
  }
  return ranges
}
