// Writes a known set as a snapshot.
import type { KeyObject } from 'node:crypto'
import type { SavableKnownSet } from '../../known/snapshot/savable-known-set.ts'
import { sectionOf, writeSnapshot } from '../../known/snapshot/write-snapshot.ts'
import type { KnownSetFeed } from './known-set-feed.ts'
import { encodeLandmarks, LANDMARKS_SECTION } from '../topics/topic-landmarks.ts'

/** The file of the snapshot, and the key that encrypts it. */
export interface SnapshotPlace {
  readonly file: string
  readonly key: KeyObject | undefined
}

export interface SaveOptions extends SnapshotPlace {
  readonly set: SavableKnownSet
  readonly feed: KnownSetFeed
  /** A time at which the set held all that the topic held, in milliseconds since 1970. */
  readonly asOfMs: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void
}

/**
 * Writes a snapshot of the set as it is now, and resolves with its size in bytes. Changes wait until the sections are
 * copied; matching goes on between chunks. Throws SnapshotWriteError, or the signal's reason.
 */
export async function saveKnownSet({
  file,
  key,
  set,
  feed,
  asOfMs,
  signal,
  onProgress,
}: SaveOptions): Promise<number> {
  const release = feed.hold()
  try {
    const { topicId, offset } = set.position
    const { landmarks } = feed
    if (topicId === undefined || !landmarks) {
      throw new RangeError(
        'This set has not read the record _topic yet, so a snapshot of it could not be used.',
      )
    }
    const facts = {
      topicId,
      offset,
      asOf: new Date(asOfMs).toISOString(),
      digest: set.digest,
      entries: set.entries,
      content: set.content,
    }
    const sections = [sectionOf(LANDMARKS_SECTION, encodeLandmarks(landmarks)), ...set.sections()]
    return await writeSnapshot(file, facts, sections, { key, signal, onProgress, onCopied: release })
  } finally {
    release()
  }
}
