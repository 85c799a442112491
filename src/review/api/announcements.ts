// Hears what the processes of the review service announce through PostgreSQL, and passes it on to the streams of browsers.
import { Client } from 'pg'
import { EVENT_NAMES } from '../../contract/review.ts'
import type { Logger } from '../../telemetry/log.ts'
import { Backoff } from '../../waiting/backoff.ts'
import { pause } from '../../waiting/pause.ts'
import { unlessAborted } from '../../waiting/unless-aborted.ts'
import { CHANNEL, type Announcement } from '../announce.ts'
import { CONNECTING } from '../store/connect.ts'

const RETRY_MS = [100, 500, 1_000, 2_000, 5_000]
/** Milliseconds. A server that has vanished closes no connection: so it is asked that often, and has this time to answer. */
const LOOK_EVERY_MS = 15_000
const ANSWER_MS = 5_000
/** A goodbye that is not answered keeps no process from ending, in milliseconds. */
const GOODBYE_MS = 1_000

/** `missed`: the connection was lost for a while, so anything may have changed. */
export type Heard = Announcement | 'missed'

export interface AnnouncementsOptions {
  readonly databaseUrl: string
  readonly logger: Logger
  /** Milliseconds. */
  readonly lookEveryMs?: number
  readonly answerMs?: number
}

export class Announcements {
  readonly #url: string
  readonly #logger: Logger
  readonly #lookEveryMs: number
  readonly #answerMs: number
  readonly #listeners = new Set<(heard: Heard) => void>()
  readonly #stopping = new AbortController()
  readonly #listening = Promise.withResolvers<void>()
  readonly #ended: Promise<void>

  /** Connects at once, and again whenever the connection is lost. */
  constructor({
    databaseUrl,
    logger,
    lookEveryMs = LOOK_EVERY_MS,
    answerMs = ANSWER_MS,
  }: AnnouncementsOptions) {
    this.#url = databaseUrl
    this.#logger = logger
    this.#lookEveryMs = lookEveryMs
    this.#answerMs = answerMs
    this.#ended = this.#keepListening()
  }

  /** Resolves when it listens for the first time. */
  get listening(): Promise<void> {
    return this.#listening.promise
  }

  /** Calls the listener with everything from now on, until the function that it returns is called. */
  subscribe(listener: (heard: Heard) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #keepListening(): Promise<void> {
    const { signal } = this.#stopping
    const backoff = new Backoff(RETRY_MS)
    while (!signal.aborted) {
      await this.#listen(() => backoff.reset()).catch(() => {})
      await pause(backoff.nextMs(), signal)
    }
  }

  /** One connection, until it is lost. A client that has lost its connection is of no more use. */
  async #listen(onListening: () => void): Promise<void> {
    const { signal } = this.#stopping
    const client = new Client({ ...CONNECTING, connectionString: this.#url, query_timeout: this.#answerMs })
    const lost = new AbortController()
    client.on('error', () => lost.abort())
    client.on('end', () => lost.abort())
    client.on('notification', ({ payload }) => this.#hear(payload))
    try {
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
      onListening()
      this.#listening.resolve()
      this.#tell('missed')
      await this.#untilLost(client, AbortSignal.any([lost.signal, signal]))
      if (!signal.aborted)
        this.#logger.warn('The connection that hears of changes was lost; connecting again')
    } finally {
      await Promise.race([client.end().catch(() => {}), pause(GOODBYE_MS, lost.signal)])
    }
  }

  /** Or until the signal. */
  async #untilLost(client: Client, signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await pause(this.#lookEveryMs, signal)
        await unlessAborted(client.query('select 1'), signal)
      }
    } catch {
      // It has not answered, or the wait is over.
    }
  }

  #hear(payload: string | undefined): void {
    const announcement = readAnnouncement(payload)
    if (announcement) this.#tell(announcement)
  }

  #tell(heard: Heard): void {
    for (const listener of this.#listeners) listener(heard)
  }
}

/** Everyone who may use the database can announce: what isn't one of ours is left out. */
function readAnnouncement(payload = ''): Announcement | undefined {
  try {
    const { event, queue, caseId }: Record<string, unknown> = Object(JSON.parse(payload))
    const name = EVENT_NAMES.find((one) => one === event)
    if (name === undefined || typeof queue !== 'string') return undefined
    return { event: name, queue, ...(typeof caseId === 'string' ? { caseId } : {}) }
  } catch {
    return undefined
  }
}
