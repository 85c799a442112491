// Loads a known set from its snapshot, if the topic may be read on from there.
import type { SavableKnownSet } from '../../known/snapshot/savable-known-set.ts'
import { loadSnapshot } from '../../known/snapshot/load-snapshot.ts'
import type { SnapshotReader } from '../../known/snapshot/section-reader.ts'
import type { SnapshotHeader } from '../../known/snapshot/snapshot-header.ts'
import { SnapshotRefusal } from '../../known/snapshot/snapshot-refusal.ts'
import type { EventLog } from '../../log/event-log.ts'
import type { SnapshotPlace } from './save-known-set.ts'
import {
  decodeLandmarks,
  LANDMARKS_SECTION,
  whatChanged,
  type TopicLandmarks,
} from '../topics/topic-landmarks.ts'
import { SNAPSHOT_MAX_AGE_MS } from '../topics/topics.ts'
import { unlessAborted } from '../../waiting/unless-aborted.ts'

export interface RestoreOptions<Set extends SavableKnownSet> extends SnapshotPlace {
  readonly log: EventLog
  readonly topic: string
  /** The layout of the sections that `load` reads. */
  readonly content: string
  readonly load: (reader: SnapshotReader) => Promise<Set>
  /** Milliseconds since 1970. */
  readonly nowMs: number
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void
  /** Ends the wait for a broker that goes away meanwhile. */
  readonly signal?: AbortSignal
}

/** A set from a snapshot, with what a feed needs to read on. */
export interface RestoredSet<Set extends SavableKnownSet> {
  readonly header: SnapshotHeader
  readonly set: Set
  readonly landmarks: TopicLandmarks
}

/**
 * Loads the snapshot if the topic is still the same one and may be read on from its offset: same UUID, same records at
 * the same offsets, not shorter, and with all removals since. Otherwise returns the reason, and the caller reads the
 * topic from its beginning. Throws what the log throws when it can't be reached, and the signal's reason.
 */
export async function restoreKnownSet<Set extends SavableKnownSet>({
  file,
  key,
  log,
  topic,
  content,
  load,
  nowMs,
  onProgress,
  signal = new AbortController().signal,
}: RestoreOptions<Set>): Promise<RestoredSet<Set> | SnapshotRefusal> {
  const [{ end }] = await log.offsets(topic)
  let opened: Set | undefined
  const demands = { key, content, nowMs, maxAgeMs: SNAPSHOT_MAX_AGE_MS, endOffset: end, onProgress }
  const build = async (reader: SnapshotReader): Promise<Omit<RestoredSet<Set>, 'header'>> => {
    const { topicId, offset } = reader.header
    const landmarks = await readLandmarks(reader)
    if (landmarks.last.offset >= offset) {
      throw new SnapshotRefusal('damaged', `The snapshot ${file} ends before its last record`)
    }
    // Both take seconds and run side by side. If the check fails, `await checking` throws below.
    const checking = unlessAborted(whatChanged(log, topic, topicId, landmarks), signal)
    checking.catch(() => {})
    opened = await load(reader).catch((error: unknown) => {
      throw asRefusal(file, error)
    })
    const changed = await checking
    if (changed !== undefined) {
      throw new SnapshotRefusal(
        'other-topic',
        `The snapshot ${file} is of another topic: ${topic} ${changed}`,
      )
    }
    opened.setTopicId(topicId)
    opened.advance(offset)
    return { set: opened, landmarks }
  }
  let isGiven = false
  try {
    const loaded = await loadSnapshot(file, demands, build)
    if (loaded instanceof SnapshotRefusal) return loaded
    isGiven = true
    return { header: loaded.header, ...loaded.state }
  } finally {
    // The worker of a set that is not returned would keep its memory.
    if (!isGiven) await opened?.close()
  }
}

/** Sections that are intact but don't fit together: a bug of the program that wrote them, or of this one. */
function asRefusal(file: string, error: unknown): SnapshotRefusal {
  if (error instanceof SnapshotRefusal) return error
  const name = error instanceof Error ? error.name : 'error'
  return new SnapshotRefusal('damaged', `The sections of the snapshot ${file} make no set (${name})`, {
    cause: error,
  })
}

async function readLandmarks(reader: SnapshotReader): Promise<TopicLandmarks> {
  const bytes = Buffer.alloc(reader.byteLengthOf(LANDMARKS_SECTION))
  await reader.read(LANDMARKS_SECTION, bytes)
  const landmarks = decodeLandmarks(bytes)
  if (!landmarks)
    throw new SnapshotRefusal('damaged', `The section ${LANDMARKS_SECTION} of a snapshot is none`)
  return landmarks
}
