import { PACKED_CONTENT, PackedKnownSet } from '../known/packed/packed-known-set.ts'
import { readSnapshotKey } from '../known/snapshot/snapshot-key.ts'
import { SnapshotRefusal } from '../known/snapshot/snapshot-refusal.ts'
import type { Settings } from '../settings/settings.ts'
import type { EventLog } from '../log/event-log.ts'
import { KNOWN_SET_PART } from '../stream/feed/known-set-feed.ts'
import { restoreKnownSet, type RestoredSet } from '../stream/feed/restore-known-set.ts'
import type { SnapshotPlace } from '../stream/feed/save-known-set.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** Where snapshots are, with the key read. Throws if it can't be: without its key nobody goes on unencrypted. */
export async function snapshotPlace({
  file,
  keyFile,
}: {
  readonly file: string
  readonly keyFile?: string | undefined
}): Promise<SnapshotPlace> {
  return { file, key: keyFile === undefined ? undefined : await readSnapshotKey(keyFile) }
}

interface MatchingContext {
  readonly log: EventLog
  readonly settings: Settings
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
  readonly signal: AbortSignal
  /** That will read the set. */
  readonly threads: number
}

/** The set that a matcher begins with, or undefined if it must read the topic from its beginning; it says which. */
export async function restoreForMatching(
  place: SnapshotPlace,
  { log, settings, metrics, health, logger, signal, threads }: MatchingContext,
): Promise<RestoredSet<PackedKnownSet> | undefined> {
  const started = performance.now()
  const { index, cachedAnswers } = settings.match
  const restored = await restoreKnownSet({
    ...place,
    log,
    topic: settings.topics.knownHashes,
    content: PACKED_CONTENT,
    load: (reader) => PackedKnownSet.load(reader, { index, cachedAnswers, readers: threads }),
    nowMs: Date.now(),
    signal,
    onProgress: (done, total) =>
      health.waitFor(KNOWN_SET_PART, `loading the snapshot: ${Math.floor((100 * done) / total)} %`),
  })
  if (restored instanceof SnapshotRefusal) {
    const { code, message } = restored
    metrics.snapshotRefused.inc({ code })
    logger[code === 'missing' ? 'info' : 'warn'](
      { code },
      `${message}: reading ${settings.topics.knownHashes} from its beginning`,
    )
    return undefined
  }
  const { asOf, entries, offset } = restored.header
  metrics.snapshotTime.set(Date.parse(asOf) / 1000)
  logger.info({ asOf, entries, offset, tookMs: Math.round(performance.now() - started) }, 'Snapshot loaded')
  return restored
}
