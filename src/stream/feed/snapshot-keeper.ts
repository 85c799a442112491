// Writes snapshots of a matcher's known set: in turn, and at its end.
import type { SavableKnownSet } from '../../known/snapshot/savable-known-set.ts'
import { CLOCK_SKEW_MS, readSnapshotHeader } from '../../known/snapshot/load-snapshot.ts'
import { SnapshotRefusal } from '../../known/snapshot/snapshot-refusal.ts'
import type { Logger } from '../../telemetry/log.ts'
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

/** Writes a snapshot of the known set now and then, and at the end. Other processes may keep the same file. */
export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions
  readonly #stopping = new AbortController()
  readonly #givingUp = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** Why the last one could not be written; told once, until one is written again. */
  #failure: string | undefined

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options
  }

  /**
   * Begins. `restoredAsOfMs` is the time of the snapshot that the set was loaded from; without one, the first is
   * written as soon as the set has been read, whatever file is there.
   */
  start(restoredAsOfMs: number | undefined): void {
    this.#running = this.#run(restoredAsOfMs)
  }

  /** Writes what has changed since, gives up what isn't written when `deadline` aborts, and ends. */
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
      metrics.snapshotFailures.inc()
      const failure = codeOf(error)
      if (failure !== this.#failure) {
        logger.error(`No snapshot: ${error instanceof Error ? error.message : String(error)}`)
      }
      this.#failure = failure
    }
  }

  /**
   * Whether the file is good for now: of the same position, and not about to become too old; or, when it is only the
   * turn, of another process that was quicker.
   */
  async #isKept(when: 'in turn' | 'at the end', nowMs: number): Promise<boolean> {
    const { file, key, set, everyMs } = this.#options
    const header = await readSnapshotHeader(file, key)
    if (header instanceof SnapshotRefusal || header.topicId !== set.position.topicId) return false
    const ageMs = nowMs - Date.parse(header.asOf)
    // Of a time to come, which nobody would load: the clock was set back.
    if (ageMs < -CLOCK_SKEW_MS) return false
    if (when === 'in turn' && ageMs < everyMs / 2) return true
    return header.offset === set.position.offset && ageMs < DAY_MS
  }
}

/** By which one failure is known from another, whatever numbers their messages have: the system's code, if it has one. */
function codeOf(error: unknown): string {
  const { code, cause } = Object(error) as { readonly code?: unknown; readonly cause?: unknown }
  return cause === undefined ? String(code) : codeOf(cause)
}
