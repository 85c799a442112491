// Looks back once, on demand: `hashwarden retro`.
import type { EventLog } from '../../log/event-log.ts'
import { lockOf } from './lock.ts'
import { lookBack, type LookBackOptions } from './look-back.ts'
import { decodeProgress, encodeProgress, type RetroProgress } from './retro-progress.ts'

export interface LookBackOnceOptions extends Omit<LookBackOptions, 'progress' | 'readyTo' | 'lock'> {
  /** UUID of known-hashes. */
  readonly topicId: string
  /** The offset after the last of the changes. */
  readonly to: number
  /** The consumer group whose commits hold the progress: one for each selection of changes. */
  readonly group: string
  /** Stops it: the next run goes on from there. */
  readonly signal: AbortSignal
}

/** Finished by this run, finished by an earlier one, or stopped before the end. */
export type LookBackOutcome = 'finished' | 'was-finished' | 'stopped'

/**
 * Matches all reports that are retained now again, where the changes touch them. Reports that arrive meanwhile are live
 * matching's: it has these changes, too, or its own rounds will find them.
 */
export async function lookBackOnce(options: LookBackOnceOptions): Promise<LookBackOutcome> {
  const { log, topics, group, topicId, to, signal } = options
  const before = await committedIn(log, group, topics.knownHashes)
  if (before !== undefined && before.offset >= to) return 'was-finished'
  const finished = Promise.withResolvers<LookBackOutcome>()
  const consumption = await log.consume({
    group,
    topics: [topics.knownHashes],
    onAssigned: () => {},
    onBatch: async (batch) => {
      const commit = await committedIn(log, group, topics.knownHashes)
      // The previous owner of the batch may have finished it.
      if (commit !== undefined && commit.offset >= to) return finished.resolve('was-finished')
      const saved = commit && decodeProgress(commit.metadata)
      const progress: RetroProgress = saved ?? { topicId, roundEnd: to, next: new Map() }
      const lock = lockOf(batch, commit?.offset ?? (await earliestOf(log, topics.knownHashes)))
      await lookBack({ ...options, progress, lock, readyTo: (topic) => endOf(log, topic) })
      await batch.commit(to, encodeProgress({ topicId, roundEnd: to, next: new Map() }))
      finished.resolve('finished')
    },
  })
  const stop = (): void => finished.resolve('stopped')
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await finished.promise
  } finally {
    signal.removeEventListener('abort', stop)
    await consumption.stop()
  }
}

async function committedIn(
  log: EventLog,
  group: string,
  topic: string,
): Promise<{ readonly offset: number; readonly metadata: string } | undefined> {
  const [commit] = await log.committed(group, topic)
  return commit
}

/** Where the group begins to read: the batch itself may be a gap without records. */
async function earliestOf(log: EventLog, topic: string): Promise<number> {
  const [{ earliest }] = await log.offsets(topic)
  return earliest
}

async function endOf(log: EventLog, topic: string): Promise<ReadonlyMap<number, number>> {
  return new Map((await log.offsets(topic)).map(({ partition, end }) => [partition, end]))
}
