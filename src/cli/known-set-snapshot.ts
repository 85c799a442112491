// The known set that `match` and `retro` begin with: from the snapshot that the settings name, if it is a good one.
import { readSnapshotKey } from '../known/snapshot/snapshot-key.ts'
import type { Settings } from '../settings/settings.ts'
import { KNOWN_SET_PART } from '../telemetry/health-parts.ts'
import type { KnownSetFeedOptions } from '../stream/feed/known-set-feed.ts'
import { openKnownSet, type OpenKnownSet } from '../stream/feed/open-known-set.ts'
import type { SnapshotPlace } from '../stream/feed/save-known-set.ts'

/** Where snapshots are, with the key read. Throws if that fails: a configured key is never left out. */
export async function snapshotPlace({
  file,
  keyFile,
}: {
  readonly file: string
  readonly keyFile?: string | undefined
}): Promise<SnapshotPlace> {
  return { file, key: keyFile === undefined ? undefined : await readSnapshotKey(keyFile) }
}

export interface MatchingContext extends Pick<
  KnownSetFeedOptions,
  'log' | 'metrics' | 'health' | 'logger' | 'canaryTypes'
> {
  readonly settings: Settings
  readonly place: SnapshotPlace | undefined
  readonly signal: AbortSignal
  /** Matcher threads that will read the set. */
  readonly threads: number
}

/** Opens the set, and says in the log and the metrics whether it came from a snapshot. */
export async function openForMatching({
  settings,
  threads,
  ...context
}: MatchingContext): Promise<OpenKnownSet> {
  const { metrics, health, logger } = context
  const { index, cachedAnswers, minEntries } = settings.match
  const topic = settings.topics.knownHashes
  const startedMs = performance.now()
  const opened = await openKnownSet({
    ...context,
    topic,
    minEntries,
    shape: { index, cachedAnswers, readers: threads },
    onProgress: (done, total) =>
      health.waitFor(KNOWN_SET_PART, `loading the snapshot: ${Math.floor((100 * done) / total)} %`),
  })
  const { restored, refusal } = opened
  if (refusal) {
    const { code, message } = refusal
    metrics.snapshotRefused.inc({ code })
    logger[code === 'missing' ? 'info' : 'warn']({ code }, `${message}: reading ${topic} from its beginning`)
  }
  if (restored) {
    const { asOf, entries, offset } = restored
    metrics.snapshotTime.set(Date.parse(asOf) / 1000)
    const tookMs = Math.round(performance.now() - startedMs)
    logger.info({ asOf, entries, offset, tookMs }, 'Snapshot loaded')
  }
  return opened
}
