// What the daemon does for curation beside the lists: entries whose time is over, and what each source holds.
import type { Logger } from '../../telemetry/log.ts'
import { publishStatistics, type ListTopics } from '../curate/publish-statistics.ts'
import { releaseDue } from '../curate/release-due.ts'
import type { Sweep } from './sync-daemon.ts'

/** Each reads the whole topic: millions of entries take a minute. */
const RELEASE_EVERY_MS = 15 * 60_000
const COUNT_EVERY_MS = 60 * 60_000

export const curationSweeps = (topics: ListTopics, logger: Logger): readonly Sweep[] => [
  {
    everyMs: RELEASE_EVERY_MS,
    work: async (log) => {
      const { released, removed } = await releaseDue(log, topics.knownHashes, new Date())
      if (released + removed > 0)
        logger.info({ released, removed }, 'Entries were released or removed, because their time is over')
    },
  },
  {
    everyMs: COUNT_EVERY_MS,
    work: async (log) => {
      await publishStatistics(log, topics, new Date())
    },
  },
]
