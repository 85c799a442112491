// Opens a known set: from its snapshot if there is a good one, else empty, with the feed that reads on from there.
import { PACKED_CONTENT, PackedKnownSet, type PackedSetOptions } from '../../known/packed/packed-known-set.ts'
import type { SnapshotHeader } from '../../known/snapshot/snapshot-header.ts'
import { SnapshotRefusal } from '../../known/snapshot/snapshot-refusal.ts'
import { KnownSetFeed, type KnownSetFeedOptions } from './known-set-feed.ts'
import { restoreKnownSet } from './restore-known-set.ts'
import type { SnapshotPlace } from './save-known-set.ts'

export interface OpenKnownSetOptions extends Omit<KnownSetFeedOptions, 'set' | 'landmarks'> {
  /** How the set is searched. */
  readonly shape: PackedSetOptions
  /** None: the set is read from the topic's beginning. */
  readonly place: SnapshotPlace | undefined
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void
  /** Ends the wait for a broker that goes away meanwhile. */
  readonly signal?: AbortSignal
}

/** A set and its feed, which has not been started yet. */
export interface OpenKnownSet {
  readonly set: PackedKnownSet
  readonly feed: KnownSetFeed
  /** Of the snapshot that the set was loaded from. */
  readonly restored: SnapshotHeader | undefined
  /** Why the snapshot was not loaded. */
  readonly refusal: SnapshotRefusal | undefined
}

/** @throws What the log throws while Kafka is away, and the signal's reason. */
export async function openKnownSet({
  shape,
  place,
  onProgress,
  signal,
  ...feeding
}: OpenKnownSetOptions): Promise<OpenKnownSet> {
  const loaded =
    place &&
    (await restoreKnownSet({
      ...place,
      log: feeding.log,
      topic: feeding.topic,
      content: PACKED_CONTENT,
      load: (reader) => PackedKnownSet.load(reader, shape),
      nowMs: Date.now(),
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    }))
  const isRefused = loaded instanceof SnapshotRefusal
  const restored = isRefused ? undefined : loaded
  const set = restored?.set ?? new PackedKnownSet(shape)
  const feed = new KnownSetFeed({ ...feeding, set, landmarks: restored?.landmarks })
  return { set, feed, restored: restored?.header, refusal: isRefused ? loaded : undefined }
}
