import type { EventLog } from '../../log/event-log.ts'
import { lockOf } from './lock.ts'
import { lookBack, type LookBackOptions } from './look-back.ts'
import { decodeProgress, encodeProgress, type RetroProgress } from './retro-progress.ts'

export interface LookBackOnceOptions extends Omit<LookBackOptions, 'progress' | 'readyTo' | 'lock'> {
  readonly topicId: string
  /** Behind the last of the changes. */
  readonly to: number
  /** Holds the progress: one group for each selection of changes. */
  readonly group: string
  /** Stops it: another time it goes on from there. */
  readonly signal: AbortSignal
}

/** What became of it: finished now, or by an earlier attempt; or stopped before it was. */
export type LookBackOutcome = 'finished' | 'was-finished' | 'stopped'

/**
 * Matches all reports that are retained now again, where the changes touch them. Reports that come meanwhile are for live matching, which has these changes too, or hears of them by its own rounds.
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
      // Whoever had the batch before may have finished it.
      if (commit !== undefined && commit.offset >= to) return finished.resolve('was-finished')
      const saved = commit && decodeProgress(commit.metadata)
      const progress: RetroProgress = saved ?? { topicId, to, next: new Map() }
      const lock = lockOf(batch, commit?.offset ?? batch.records[0].offset)
      await lookBack({ ...options, progress, lock, readyTo: (topic) => endOf(log, topic) })
      await batch.commit(to, encodeProgress({ topicId, to, next: new Map() }))
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

async function endOf(log: EventLog, topic: string): Promise<ReadonlyMap<number, number>> {
  return new Map((await log.offsets(topic)).map(({ partition, end }) => [partition, end]))
}
