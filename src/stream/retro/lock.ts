// The lock of looking back: one process of the group at a time.
import { StaleBatchError, type GroupBatch } from '../../log/event-log.ts'
import { encodeProgress, type RetroProgress } from './retro-progress.ts'

/** Holds a batch of known-hashes while retained reports are matched again, so that only one process does so. */
export interface Lock {
  /** Sends a heartbeat; throws once another member owns the batch. */
  readonly stillHere: () => Promise<void>
  /** Commits the progress. */
  readonly save: (progress: RetroProgress) => Promise<void>
}

/** Sends a heartbeat; throws once another member owns the batch. */
export async function stillHere(batch: GroupBatch): Promise<void> {
  if (!batch.isCurrent()) throw new StaleBatchError()
  await batch.heartbeat()
}

/** @param from The offset to commit while the work is in progress: the group begins again there. */
export const lockOf = (batch: GroupBatch, from: number): Lock => ({
  stillHere: () => stillHere(batch),
  save: (progress) => batch.commit(from, encodeProgress(progress)),
})
