import { StaleBatchError, type GroupBatch } from '../../log/event-log.ts'
import { encodeProgress, type RetroProgress } from './retro-progress.ts'

/** A batch of known-hashes, held while retained reports are matched again: nobody else of the group does so meanwhile. */
export interface Lock {
  /** Says that this member lives; throws once the batch is another's. */
  readonly stillHere: () => Promise<void>
  /** Commits how far it has come. */
  readonly save: (progress: RetroProgress) => Promise<void>
}

/** @param from The offset that is committed while the work isn't done: where the group begins again. */
export const lockOf = (batch: GroupBatch, from: number): Lock => ({
  stillHere: async () => {
    if (!batch.isCurrent()) throw new StaleBatchError()
    await batch.heartbeat()
  },
  save: (progress) => batch.commit(from, encodeProgress(progress)),
})
