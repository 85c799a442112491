// Lists dead letters, and submits the records again that they point to.
import { decodeDeadLetter, type DeadLetter } from '../../contract/dead-letter.ts'
import { canonicalJson, sha256Hex } from '../../contract/json.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog, OutgoingRecord } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'
import { unlessAborted } from '../../waiting/unless-aborted.ts'
import { placeOf, readPlaces } from './read-places.ts'
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
  /** Dead letters whose topic does not exist any more. */
  readonly topicGone: readonly DeadLetter[]
  /** Dead letters at whose offset another record stands now: the topic was recreated. */
  readonly replaced: readonly DeadLetter[]
  /** Dead letters of whole batches: those would be refused again. */
  readonly refused: readonly DeadLetter[]
  /** Dead letters that point to a topic that holds no reports: forged, or left of other settings. */
  readonly elsewhere: readonly DeadLetter[]
  /** Dead letters whose records were not read in time, or which the log did not confirm. */
  readonly notReached: readonly DeadLetter[]
  /** Why the log did not confirm some; undefined if it did, or time ran out. */
  readonly failure: unknown
}

export interface ReplayOptions {
  readonly log: EventLog
  readonly topics: TopicNames
  /** Ends the reading: what was read until then is submitted. */
  readonly reading?: AbortSignal | undefined
  /** Ends the waiting for confirmations. */
  readonly sending?: AbortSignal | undefined
}

/** A record that was read, and the dead letters that point to it. */
interface ReadRecord {
  readonly topic: string
  readonly record: OutgoingRecord
  readonly letters: readonly DeadLetter[]
}

/**
 * Reads the records again that these dead letters point to, and appends each to its own topic, where a matcher reads it
 * like any report. (One that is still no report makes a new dead letter.) Records of other topics are never appended:
 * else a forged dead letter could have an operator bring an old record of known-hashes back. Nothing is appended before
 * all that can be read in time has been read: a failure of reading leaves nothing half done.
 */
export async function replayDeadLetters(
  { log, topics, reading, sending }: ReplayOptions,
  letters: readonly DeadLetter[],
): Promise<ReplayOutcome> {
  const elsewhere = letters.filter(({ topic }) => !isReportTopic(topics, topic))
  const ofReports = letters.filter(({ topic }) => isReportTopic(topics, topic))
  const refused = ofReports.filter(({ lastOffset }) => lastOffset !== undefined)
  const ofRecords = ofReports.filter(({ lastOffset }) => lastOffset === undefined)
  const replaced: DeadLetter[] = []
  const read: ReadRecord[] = []
  const wanted = Map.groupBy(ofRecords, placeOf)
  const { looked, missing } = await readPlaces({
    log,
    places: ofRecords,
    signal: reading,
    onRecord: ({ offset, key, value, headers }, at) => {
      const name = placeOf({ ...at, offset })
      const pointing = wanted.get(name) ?? []
      wanted.delete(name)
      const sha256 = sha256Hex(value ?? '')
      const [same, others] = [true, false].map((is) =>
        pointing.filter((letter) => (letter.sha256 === sha256) === is),
      )
      replaced.push(...others)
      // Copied, because the bytes belong to the fetch that read them.
      const record = { key: key && Buffer.from(key), value: value && Buffer.from(value), headers }
      if (same.length > 0) read.push({ topic: at.topic, record, letters: same })
    },
  })
  const unread = [...wanted.values()].flat()
  const gone = unread.filter((letter) => looked.has(placeOf(letter)))
  const { confirmed, failure } = await append(log, [...read], sending)
  const unconfirmed = read.filter(({ record }) => !confirmed.has(record)).flatMap((one) => one.letters)
  return {
    replayed: confirmed.size,
    expired: gone.filter(({ topic }) => !missing.has(topic)),
    topicGone: gone.filter(({ topic }) => missing.has(topic)),
    replaced: [...replaced],
    refused,
    elsewhere,
    notReached: [...unread.filter((letter) => !looked.has(placeOf(letter))), ...unconfirmed],
    failure,
  }
}

/** Appends all topics' records side by side; `confirmed` are those that the log has for sure. */
async function append(
  log: EventLog,
  read: readonly ReadRecord[],
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly confirmed: ReadonlySet<OutgoingRecord>; readonly failure: unknown }> {
  const confirmed = new Set<OutgoingRecord>()
  if (signal.aborted) return { confirmed, failure: undefined }
  const appending = Promise.allSettled(
    [...Map.groupBy(read, ({ topic }) => topic)].map(([topic, some]) =>
      log.produce(
        topic,
        some.map(({ record }) => record),
        (record) => confirmed.add(record),
      ),
    ),
  )
  const settled = await unlessAborted(appending, signal).catch(() => [])
  const failed = settled.find(({ status }) => status === 'rejected')
  return {
    confirmed: new Set(confirmed),
    failure: failed?.status === 'rejected' ? failed.reason : undefined,
  }
}
