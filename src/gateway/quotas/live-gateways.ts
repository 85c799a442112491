// How many gateways there are, from what each says of itself every two seconds in the topic of statuses.
import { Rejection } from '../../contract/rejection.ts'
import { decodeStatus } from '../../contract/status.ts'
import type { Consumption, EventLog } from '../../log/event-log.ts'
import { silentAfterMs } from '../../stream/status/silence.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { pause } from '../../waiting/pause.ts'
import { unlessAborted } from '../../waiting/unless-aborted.ts'
import { untilAborted } from '../../waiting/until-aborted.ts'

/** While the topic can't be read, it is tried again this often, in milliseconds. */
const AGAIN_MS = 5_000

export interface LiveGatewaysOptions {
  readonly log: Pick<EventLog, 'follow'>
  /** The topic of statuses. */
  readonly topic: string
  /** The id that this process has there. */
  readonly self: string
  readonly logger: Logger
  /** Milliseconds, of a clock that only rises. */
  readonly clock?: () => number
}

interface HeardGateway {
  readonly number: number
  readonly everyMs: number
  /** Since when it has not been silent. */
  readonly sinceMs: number
  readonly atMs: number
}

export class LiveGateways {
  readonly #options: LiveGatewaysOptions
  readonly #clock: () => number
  readonly #heard = new Map<string, HeardGateway>()
  readonly #stopping = new AbortController()
  readonly #loss: StateLog
  #reading: Promise<void> | undefined

  constructor(options: LiveGatewaysOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
    this.#loss = new StateLog({
      logger: options.logger,
      level: 'warn',
      begins:
        'The topic of statuses can’t be read, so this process does not know how many gateways share the quotas, and assumes gateway.quotas.assumedGateways; trying again',
      ends: 'The topic of statuses is read again',
    })
  }

  start(): void {
    this.#reading ??= this.#read()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#reading
  }

  /**
   * This process included. Undefined unless it has heard of itself for one interval, without silence: then it has heard of
   * every other one, and they hear of it.
   */
  count(): number | undefined {
    const nowMs = this.#clock()
    for (const [process, heard] of this.#heard)
      if (nowMs - heard.atMs > silentAfterMs(heard)) this.#heard.delete(process)
    const own = this.#heard.get(this.#options.self)
    return own && own.atMs - own.sinceMs >= own.everyMs / 2 ? this.#heard.size : undefined
  }

  /** A record of the topic of statuses. */
  hear(value: Buffer | null): void {
    const status = decodeStatus(value)
    if (status instanceof Rejection || status.role !== 'gateway') return
    const { process, number, everyMs, state } = status
    const before = this.#heard.get(process)
    // The last record may overtake the one before it.
    if (before && before.number >= number) return
    if (state === 'stopping') {
      this.#heard.delete(process)
      return
    }
    const atMs = this.#clock()
    const isAnew = before === undefined || atMs - before.atMs > silentAfterMs(before)
    this.#heard.set(process, { number, everyMs, atMs, sinceMs: isAnew ? atMs : before.sinceMs })
  }

  async #read(): Promise<void> {
    const { signal } = this.#stopping
    let reading: Consumption | undefined
    while (!signal.aborted) {
      try {
        const following = this.#options.log.follow({
          topic: this.#options.topic,
          from: 'end',
          onBatch: ({ records }) => {
            for (const { value } of records) this.hear(value)
          },
        })
        // Brokers that don't answer hold it up for many seconds. The log ends it when it is closed.
        reading = await unlessAborted(following, signal)
        this.#loss.leave('status')
        await untilAborted(signal)
      } catch (error) {
        if (signal.aborted) break
        this.#loss.enter('status', errorSummary(error))
        await pause(AGAIN_MS, signal)
      }
    }
    await reading?.stop()
  }
}
