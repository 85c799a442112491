// Whether Kafka takes reports now. While it can't be reached, requests are refused at once, and this looks for it again.
import type { EventLog } from '../log/event-log.ts'
import { WriteRefusedError } from '../log/write-refused.ts'
import type { Health } from '../telemetry/health.ts'
import { PUBLISHING_PART } from '../telemetry/health-parts.ts'
import { pause } from '../waiting/pause.ts'
import { unlessAborted } from '../waiting/unless-aborted.ts'

/** How often Kafka is looked for while it is away, in milliseconds. */
const LOOK_MS = 1_000
/** After a topic has refused reports the gateway is not ready for this time, in milliseconds; then it tries again. */
const REFUSED_MS = 10_000

/** Hears whether Kafka takes reports: kafkaHealth turns that into readiness, log lines and metrics. */
interface ConnectionListener {
  onFailure(error: Error): void
  onRecovery(): void
}

export interface KafkaStateOptions {
  /** A look at Kafka: it rejects while Kafka can't be reached. */
  readonly look: () => Promise<unknown>
  readonly listener: ConnectionListener
  readonly health: Health
}

export class KafkaState {
  readonly #options: KafkaStateOptions
  /** Its own knowledge: what fails besides writing, a reader for instance, keeps no report away. */
  #isAway = false
  #looking: Promise<void> | undefined
  #refused: NodeJS.Timeout | undefined
  readonly #stopped = new AbortController()

  constructor(options: KafkaStateOptions) {
    this.#options = options
  }

  get isAway(): boolean {
    return this.#isAway
  }

  /** Reports were written. */
  works(): void {
    if (this.#isAway) this.#recovered()
    if (this.#refused === undefined) return
    clearTimeout(this.#refused)
    this.#ready()
  }

  /** Reports could not be written. */
  failed(error: unknown): void {
    const { health } = this.#options
    const known = error instanceof Error ? error : new Error('Writing reports failed')
    if (error instanceof WriteRefusedError) {
      health.failed(error)
      health.waitFor(PUBLISHING_PART, error.message)
      clearTimeout(this.#refused)
      this.#refused = setTimeout(() => this.#ready(), REFUSED_MS).unref()
      return
    }
    this.#lost(known)
    this.#lookAgain()
  }

  /** Looks for Kafka until it is there: at the start. */
  start(): void {
    this.#isAway = true
    this.#lookAgain()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    clearTimeout(this.#refused)
    await this.#looking
  }

  #ready(): void {
    this.#refused = undefined
    this.#options.health.ready(PUBLISHING_PART)
  }

  #lookAgain(): void {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
  }

  async #look(): Promise<void> {
    const { signal } = this.#stopped
    while (this.#isAway && !signal.aborted) {
      try {
        // Brokers that don't answer hold up a look for many seconds.
        await unlessAborted(this.#options.look(), signal)
        this.#recovered()
      } catch (error) {
        if (signal.aborted) return
        this.#lost(error instanceof Error ? error : new Error('Looking for Kafka failed'))
        await pause(LOOK_MS, signal)
      }
    }
  }

  #lost(error: Error): void {
    this.#isAway = true
    this.#options.listener.onFailure(error)
  }

  #recovered(): void {
    this.#isAway = false
    this.#options.listener.onRecovery()
  }
}

/** A look that a writer of reports has the right to: at the ends of their topic, or at the names of all. */
export const lookAt =
  (log: Pick<EventLog, 'offsets' | 'topics'>, topic: string | undefined) => (): Promise<unknown> =>
    topic === undefined ? log.topics() : log.offsets(topic)
