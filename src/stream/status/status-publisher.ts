// Says every two seconds, through Kafka, what a process is and how it is. It must never slow or break its work: a record
// that can't be written at once is lost.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeStatus, MOST_WAITING_FOR, WHY_LENGTH, type Status } from '../../contract/status.ts'
import { timestampOf } from '../../contract/primitives.ts'
import type { LossyWriter } from '../../log/lossy-writer.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Health } from '../../telemetry/health.ts'
import { KAFKA_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { withoutUnknown } from './counted.ts'
import { ProcessFactsReader } from './process-facts.ts'

const EVERY_MS = 2_000
/** The last record gets this time, in milliseconds: the rest of the shutdown goes on beside it. */
const LAST_WITHIN_MS = 1_000
/** A single record may fail while a leader moves: this many in a row are a state. */
const FAILURES_TOLD = 3
const PART = /^(?:thread (\d+): )?([a-z][a-z0-9-]*)$/
// All control characters, C0, DEL and C1: readers show texts in terminals.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

type OfRole = Pick<Status, 'match' | 'review' | 'lists' | 'serve' | 'gateway'>

export interface StatusPublisherOptions {
  readonly writer: LossyWriter
  readonly topic: string
  readonly role: string
  readonly version: string
  readonly health: Health
  readonly logger: Logger
  /** What the role has to say; nothing before its parts run. */
  readonly ofRole: () => Promise<OfRole>
  readonly everyMs?: number
}

export class StatusPublisher {
  readonly #options: StatusPublisherOptions
  readonly #everyMs: number
  /** The id of this process in the topic. */
  readonly process = randomUUID()
  readonly #startedAt = timestampOf(performance.timeOrigin)
  readonly #facts = new ProcessFactsReader()
  readonly #loss: StateLog
  #ofRole: OfRole = {}
  #number = 0
  #failures = 0
  #publishing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #goodbye: Promise<void> | undefined

  constructor(options: StatusPublisherOptions) {
    this.#options = options
    this.#everyMs = options.everyMs ?? EVERY_MS
    this.#loss = new StateLog({
      logger: options.logger,
      level: 'warn',
      begins:
        'The status of this process can’t be published, so `hashwarden top` does not see it; trying again',
      ends: 'The status of this process is published again',
    })
  }

  /** Begins at once. */
  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), this.#everyMs).unref()
    this.#tick()
  }

  /** Says that the process ends, if Kafka takes that at once. */
  stop(): Promise<void> {
    clearInterval(this.#timer)
    const late = sleep(LAST_WITHIN_MS, undefined, { ref: false })
    return (this.#goodbye ??= Promise.race([this.#sayGoodbye(), late]))
  }

  #tick(): void {
    // While a record is on its way, or waits for a broker that is away, no other is made.
    this.#publishing ??= this.#publish().finally(() => {
      this.#publishing = undefined
    })
  }

  async #publish(): Promise<void> {
    try {
      this.#ofRole = await this.#options.ofRole()
      await this.#write('running')
      this.#failures = 0
      this.#loss.leave('status')
    } catch (error) {
      this.#failures++
      // An outage of Kafka has lines of its own.
      const isOutage = KAFKA_PART in this.#options.health.waitingFor
      if (this.#failures >= FAILURES_TOLD && !isOutage) this.#loss.enter('status', errorSummary(error))
    }
  }

  async #sayGoodbye(): Promise<void> {
    await this.#publishing
    // Not asked again: the parts are about to stop.
    await this.#write('stopping').catch(() => {})
    this.#facts.stop()
    await this.#options.writer.close()
  }

  async #write(state: Status['state']): Promise<void> {
    const { writer, topic } = this.#options
    await writer.write(topic, { key: this.process, value: encodeStatus(this.#status(state)) })
  }

  #status(state: Status['state']): Status {
    const { role, version, health } = this.#options
    const { isReady, lastFailure } = health
    return {
      schema: 'status/1',
      process: this.process,
      role,
      version,
      host: plain(hostname(), 255),
      pid: process.pid,
      startedAt: this.#startedAt,
      at: timestampOf(Date.now()),
      number: this.#number++,
      everyMs: this.#everyMs,
      state,
      ready: isReady,
      waitingFor: waitingFor(health),
      ...this.#facts.read(),
      ...withoutUnknown({
        lastError: lastFailure && { error: lastFailure.error, at: timestampOf(lastFailure.atMs) },
      }),
      ...this.#ofRole,
    }
  }
}

/** The parts of readiness, for example `thread 2: kafka`, with their codes. */
function waitingFor(health: Health): Status['waitingFor'] {
  return Object.entries(health.waitingFor)
    .slice(0, MOST_WAITING_FOR)
    .map(([part, why]) => {
      const [, thread, code = 'other'] = PART.exec(part) ?? []
      return {
        code,
        ...(thread === undefined ? {} : { thread: Number(thread) }),
        why: plain(why, WHY_LENGTH),
      }
    })
}

const plain = (text: string, maxLength: number): string => text.replaceAll(CONTROL, ' ').slice(0, maxLength)
