// Landmarks in known-hashes: how a reader that comes back recognises the topic.
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { canonicalJson, parseJson } from '../../contract/json.ts'
import { Offset, Sha256Hex } from '../../contract/primitives.ts'
import type { EventLog, LogRecord } from '../../log/event-log.ts'
import { readRange } from '../../log/read-to-end.ts'
import { decodeTopicId, TOPIC_RECORD_KEY } from './topics.ts'

const MAX_BYTES = 1024

/**
 * Two records of known-hashes that prove to a returning reader that the topic, and the meaning of its offsets, is the
 * same: the record `_topic`, and the last record before the position. (The UUID alone proves too little: a backup or a
 * mirror holds the same record `_topic`, but has no gaps where the original was compacted, so its offsets differ.)
 */
export interface TopicLandmarks {
  /** Offset of the record `_topic`. */
  readonly topicRecordOffset: number
  /** The last record before the position. A guessed key can be checked against its digest: protect it like the set. */
  readonly last: { readonly offset: number; readonly sha256: string }
}

const LandmarksSchema = Type.Object(
  {
    topicRecordOffset: Offset,
    last: Type.Object({ offset: Offset, sha256: Sha256Hex }, { additionalProperties: false }),
  },
  { additionalProperties: false },
)
const landmarksCheck = Compile(LandmarksSchema)

/** The section of a snapshot that holds them. */
export const LANDMARKS_SECTION = 'topic-landmarks'

export const encodeLandmarks = (landmarks: TopicLandmarks): Buffer => Buffer.from(canonicalJson(landmarks))

/** Reads landmarks back; undefined if these bytes are no landmarks. */
export function decodeLandmarks(bytes: Buffer): TopicLandmarks | undefined {
  const value = parseJson(bytes, MAX_BYTES)
  return landmarksCheck.Check(value) ? value : undefined
}

/** The digest of a record's key and value. */
export function recordDigest({ key, value }: Pick<LogRecord, 'key' | 'value'>): string {
  const hash = createHash('sha256')
  for (const part of [key, value]) {
    const length = Buffer.alloc(4)
    length.writeInt32BE(part?.length ?? -1)
    hash.update(length)
    if (part) hash.update(part)
  }
  return hash.digest('hex')
}

/**
 * Says in words how the topic differs from the one with this UUID and these landmarks; undefined if it doesn't, so that
 * offsets mean the same. If compaction has removed the last record since, because its key has a newer one, the topic
 * can't be recognised, and counts as changed. Throws what the log throws when it can't be reached.
 */
export async function whatChanged(
  log: EventLog,
  topic: string,
  topicId: string,
  { topicRecordOffset, last }: TopicLandmarks,
): Promise<string | undefined> {
  const [topicRecord, lastRecord] = await Promise.all([
    recordAt(log, topic, topicRecordOffset),
    recordAt(log, topic, last.offset),
  ])
  if (topicRecord?.topicId === undefined) return `has no record _topic at offset ${topicRecordOffset}`
  if (topicRecord.topicId !== topicId) return 'was recreated'
  if (lastRecord?.sha256 !== last.sha256) return `has another record at offset ${last.offset}, or none`
  return undefined
}

interface SeenRecord {
  readonly sha256: string
  /** The UUID in it, if it is the record `_topic`. */
  readonly topicId: string | undefined
}

/** The record at an offset, or undefined if there is none. `signal` ends the look, which then throws its reason. */
export async function recordAt(
  log: EventLog,
  topic: string,
  offset: number,
  signal?: AbortSignal,
): Promise<SeenRecord | undefined> {
  const [{ earliest, end }] = await log.offsets(topic)
  if (offset < earliest || offset >= end) return undefined
  const seen: SeenRecord[] = []
  const onRecord = (record: LogRecord): void => {
    const isTopicRecord = record.key?.toString('utf8') === TOPIC_RECORD_KEY
    seen.push({
      sha256: recordDigest(record),
      topicId: isTopicRecord ? decodeTopicId(record.value) : undefined,
    })
  }
  await readRange(log, topic, new Map([[0, { from: offset, to: offset + 1 }]]), onRecord, signal)
  return seen[0]
}
