import { setTimeout as sleep } from 'node:timers/promises'
import { StaleBatchError, type GroupBatch } from '../event-log.ts'
import { SIGN_EVERY_MS } from '../signs-of-life.ts'
import { encodeProgress, type RetroProgress } from './retro-progress.ts'

/** What is waited for is looked for again after so long, then twice as long, and so on. */
const FIRST_WAIT_MS = 10

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

/** Waits until something holds, with signs of life; what they throw ends it. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  { stillHere }: Pick<Lock, 'stillHere'>,
): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; !(await holds()); waitMs = Math.min(2 * waitMs, SIGN_EVERY_MS)) {
    await sleep(waitMs)
    await stillHere()
  }
}
