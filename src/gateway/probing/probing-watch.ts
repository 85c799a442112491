// Looks at what platforms have sent, and tells the operator of a platform where somebody seems to probe. It looks after a request
// is answered, at a few reports in a turn, and knows no known hashes: what a look takes can't depend on them. Neither the line
// nor the figure says which hash or account it was.
import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from '../../telemetry/log.ts'
import type { PlatformCounter } from '../platform-counter.ts'
import { ProbingSketch, type LookedAt } from './probing-sketch.ts'

/** Platforms that are looked at together, at most: those that reported latest. Each takes 2.7 MB. */
const MOST_SKETCHES = 32
/** Reports that are looked at before other work gets its turn: about 0.3 ms. */
const SLICE = 500
/** Of one platform at most one line in this time, in milliseconds. */
const LINE_EVERY_MS = 600_000

export interface ProbingWatchOptions {
  readonly logger: Logger
  readonly counter: PlatformCounter
  /** Milliseconds, of a clock that only rises. */
  readonly clock?: () => number
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number
}

interface Watched {
  readonly sketch: ProbingSketch
  /** When a line was last written. */
  lineAtMs: number | undefined
  /** Of the latest alarm, since 1970. */
  suspectedMs: number | undefined
}

export class ProbingWatch {
  readonly #options: ProbingWatchOptions
  readonly #clock: () => number
  readonly #watched = new Map<string, Watched>()

  constructor(options: ProbingWatchOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
  }

  /** The platform has sent these. */
  async look(platform: string, reports: readonly { readonly probe: LookedAt | undefined }[]): Promise<void> {
    this.#options.counter.seen(platform)
    const nowMs = this.#clock()
    const seconds = Math.floor(nowMs / 1_000) + 1
    const watched = this.#watchedOf(platform)
    for (const [at, { probe }] of reports.entries()) {
      if (at % SLICE === 0) await nextTurn()
      if (probe !== undefined && watched.sketch.add(probe, seconds)) this.#suspect(platform, watched, nowMs)
    }
  }

  /** When somebody at the platform was last suspected; undefined if that was never or long ago. */
  suspectedMs(platform: string): number | undefined {
    return this.#watched.get(platform)?.suspectedMs
  }

  #suspect(platform: string, watched: Watched, nowMs: number): void {
    const { counter, logger, wallClock = Date.now } = this.#options
    counter.inc(platform)
    watched.suspectedMs = wallClock()
    if (watched.lineAtMs !== undefined && nowMs - watched.lineAtMs < LINE_EVERY_MS) return
    watched.lineAtMs = nowMs
    logger.warn(
      { platform },
      'Somebody at this platform may be probing: one submitter sends many different values around one hash',
    )
  }

  #watchedOf(platform: string): Watched {
    const known = this.#watched.get(platform)
    const watched = known ?? {
      sketch: new ProbingSketch(randomBytes(4).readUInt32LE()),
      lineAtMs: undefined,
      suspectedMs: undefined,
    }
    // It becomes the latest.
    this.#watched.delete(platform)
    this.#watched.set(platform, watched)
    const [oldest] = this.#watched.keys()
    if (this.#watched.size > MOST_SKETCHES) this.#watched.delete(oldest)
    return watched
  }
}
