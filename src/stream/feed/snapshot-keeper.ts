// Writes snapshots of a matcher's known set: in turn, and at its end.
import type { SavableKnownSet } from '../../known/snapshot/savable-known-set.ts'
import { CLOCK_SKEW_MS, readSnapshotHeader } from '../../known/snapshot/load-snapshot.ts'
import { SnapshotRefusal } from '../../known/snapshot/snapshot-refusal.ts'
import type { Logger } from '../../telemetry/log.ts'
import { LogUnreachableError } from '../../log/log-faults.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { KnownSetFeed } from './known-set-feed.ts'
import { SetLostError } from './set-errors.ts'
import { saveKnownSet, type SnapshotPlace } from './save-known-set.ts'
import { unlessAborted } from '../../waiting/unless-aborted.ts'
import { pause } from '../../waiting/pause.ts'

const DAY_MS = 86_400_000

export interface SnapshotKeeperOptions extends SnapshotPlace {
  readonly everyMs: number
  readonly set: SavableKnownSet
  readonly feed: KnownSetFeed
  readonly metrics: Metrics
  readonly logger: Logger
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Writes a snapshot of the known set in its turn, and at the end. Other processes may write the same file. */
export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions
  readonly #stopping = new AbortController()
  readonly #givingUp = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** Why the last snapshot failed. The log says so once, until a snapshot succeeds again. */
  #failure: string | undefined

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options
  }

  /**
   * Begins. `restoredAsOfMs` is the time of the snapshot that the set was loaded from. Without it, the first snapshot is
   * written as soon as the set has been read, even if there is a file.
   */
  start(restoredAsOfMs: number | undefined): void {
    this.#running = this.#run(restoredAsOfMs)
  }

  /** Writes a last snapshot if the set has changed, and ends. Gives up an unfinished write when `deadline` aborts. */
  async stop(deadline: AbortSignal): Promise<void> {
    const giveUp = (): void => this.#givingUp.abort()
    if (deadline.aborted) giveUp()
    deadline.addEventListener('abort', giveUp, { once: true })
    this.#stopping.abort()
    await this.#running
    await this.#write('at the end')
    deadline.removeEventListener('abort', giveUp)
  }

  async #run(restoredAsOfMs: number | undefined): Promise<void> {
    const { everyMs, clock } = this.#options
    const { signal } = this.#stopping
    if (restoredAsOfMs === undefined) await this.#write('anew')
    let waitMs = restoredAsOfMs === undefined ? everyMs : restoredAsOfMs + everyMs - clock()
    while (!signal.aborted) {
      await pause(waitMs, signal)
      if (!signal.aborted) await this.#write('in turn')
      waitMs = everyMs
    }
  }

  async #write(when: 'anew' | 'in turn' | 'at the end'): Promise<void> {
    const { signal } = this.#givingUp
    const { set, feed, metrics, logger, clock } = this.#options
    try {
      const startedMs = performance.now()
      const asOfMs = clock()
      await unlessAborted(feed.catchUp(), signal)
      if (!feed.isUsable || (when !== 'anew' && (await this.#isKept(when, asOfMs)))) return
      const bytes = await saveKnownSet({ ...this.#options, asOfMs, signal })
      metrics.snapshotTime.set(asOfMs / 1000)
      const { entries, position } = set
      const tookMs = Math.round(performance.now() - startedMs)
      logger.info({ entries, offset: position.offset, bytes, tookMs }, 'Snapshot written')
      this.#failure = undefined
    } catch (error) {
      if (signal.aborted) {
        logger.info('No snapshot at the end: there was no time for it')
        return
      }
      // The process ends because of that, and says so itself.
      if (error instanceof SetLostError) return
      // Kafka's absence has alerts of its own; the next turn writes one.
      if (!(error instanceof LogUnreachableError)) metrics.snapshotFailures.inc()
      const failure = codeOf(error)
      if (failure !== this.#failure) {
        logger.error(`No snapshot: ${error instanceof Error ? error.message : String(error)}`)
      }
      this.#failure = failure
    }
  }

  /**
   * Whether the file needs no new snapshot: it has the same position and will not soon be too old; or, in turn, another
   * process has just written it.
   */
  async #isKept(when: 'in turn' | 'at the end', nowMs: number): Promise<boolean> {
    const { file, key, set, everyMs } = this.#options
    const header = await readSnapshotHeader(file, key)
    if (header instanceof SnapshotRefusal || header.topicId !== set.position.topicId) return false
    const ageMs = nowMs - Date.parse(header.asOf)
    // From the future, so no reader would load it: the clock was set back.
    if (ageMs < -CLOCK_SKEW_MS) return false
    if (when === 'in turn' && ageMs < everyMs / 2) return true
    return header.offset === set.position.offset && ageMs < DAY_MS
  }
}

/** Tells failures apart by the system's code, because their messages contain changing numbers. */
function codeOf(error: unknown): string {
  const { code, cause } = Object(error) as { readonly code?: unknown; readonly cause?: unknown }
  return cause === undefined ? String(code) : codeOf(cause)
}
