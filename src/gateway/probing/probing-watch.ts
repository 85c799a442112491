// Looks at what platforms have sent, and tells the operator of a platform where somebody seems to probe. It looks after a request
// is answered, at a few reports in a turn, and knows no known hashes: what a look takes can't depend on them. Neither the line
// nor the figure says which hash or account it was.
import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { PlatformCounter } from '../platform-counter.ts'
import { ProbingSketch, type LookedAt } from './probing-sketch.ts'

/** Hashes that are looked at before other work gets its turn: about 0.2 ms. */
const SLICE = 500
/** Hashes that wait for their look: about 20 MB. Those of a request that comes when there are more are left out. */
const MOST_WAITING = 100_000
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

/** A platform where somebody was suspected. */
interface Suspected {
  /** When a line was last written. */
  readonly lineAtMs: number
  /** Of the latest alarm, since 1970. */
  readonly suspectedMs: number
}

export class ProbingWatch {
  readonly #options: ProbingWatchOptions
  readonly #clock: () => number
  readonly #sketch = new ProbingSketch(randomBytes(4).readUInt32LE())
  readonly #suspected = new Map<string, Suspected>()
  #waiting = 0
  #leftOutAtMs: number | undefined
  #failureAtMs: number | undefined

  constructor(options: ProbingWatchOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
  }

  /** The platform has sent these. A fault of the look stays here: it is logged, and reports go on. */
  async look(platform: string, reports: readonly { readonly probe: LookedAt | undefined }[]): Promise<void> {
    const nowMs = this.#clock()
    try {
      this.#options.counter.seen(platform)
      if (this.#waiting > MOST_WAITING) this.#leaveOut(nowMs)
      // The rest of the reports needs no memory while these wait.
      else
        await this.#lookAt(
          platform,
          reports.flatMap(({ probe }) => probe ?? []),
          nowMs,
        )
    } catch (error) {
      this.#fail(error, nowMs)
    }
  }

  async #lookAt(platform: string, probes: readonly LookedAt[], nowMs: number): Promise<void> {
    const seconds = Math.floor(nowMs / 1_000) + 1
    const pictures = probes.reduce((sum, probe) => sum + probe.pictures.length, 0)
    this.#waiting += pictures
    let inTurn = SLICE
    try {
      for (const probe of probes) {
        if (inTurn >= SLICE) {
          await nextTurn()
          inTurn = 0
        }
        inTurn += probe.pictures.length
        if (this.#sketch.add(platform, probe, seconds)) this.#suspect(platform, nowMs)
      }
    } finally {
      this.#waiting -= pictures
    }
  }

  /** When somebody at the platform was last suspected; undefined if that was never. */
  suspectedMs(platform: string): number | undefined {
    return this.#suspected.get(platform)?.suspectedMs
  }

  #suspect(platform: string, nowMs: number): void {
    const { counter, logger, wallClock = Date.now } = this.#options
    counter.inc(platform)
    const known = this.#suspected.get(platform)
    const hasLine = known !== undefined && nowMs - known.lineAtMs < LINE_EVERY_MS
    this.#suspected.set(platform, {
      lineAtMs: hasLine ? known.lineAtMs : nowMs,
      suspectedMs: wallClock(),
    })
    if (hasLine) return
    logger.warn(
      { platform },
      'Somebody at this platform may be probing: one submitter sends many different values around one hash',
    )
  }

  #leaveOut(nowMs: number): void {
    if (this.#leftOutAtMs !== undefined && nowMs - this.#leftOutAtMs < LINE_EVERY_MS) return
    this.#leftOutAtMs = nowMs
    this.#options.logger.warn(
      { waiting: this.#waiting },
      'Reports were taken, but came faster than this process looks for somebody who probes: some are not looked at. Start more gateways',
    )
  }

  #fail(error: unknown, nowMs: number): void {
    if (this.#failureAtMs !== undefined && nowMs - this.#failureAtMs < LINE_EVERY_MS) return
    this.#failureAtMs = nowMs
    this.#options.logger.error(
      { reason: errorSummary(error) },
      'Reports were taken, but the look for somebody who probes failed: report this fault of hashwarden',
    )
  }
}
