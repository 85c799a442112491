// The events of one browser: what changed in the queues that its person may see, as server-sent events.
import type { ReviewEvent } from '../../contract/review.ts'
import { pause } from '../../waiting/pause.ts'
import type { Announcements, Heard } from './announcements.ts'

/** Equal events within this time, in milliseconds, are one: hits may arrive by the thousand. */
const GATHERING_MS = 200
/** A stream without an event says that often that it lives, in milliseconds; then it is looked whether its session does. */
const ALIVE_MS = 15_000
/** More events at once than these become one that names no case: the browser asks for all again. */
const PENDING_MAX = 200

export interface EventStreamOptions {
  readonly announcements: Announcements
  /** Names of queues. */
  readonly queues: readonly string[]
  readonly isSignedIn: () => Promise<boolean>
  readonly signal: AbortSignal
}

/** Texts of a `text/event-stream`. It ends with the signal, or soon after the session has ended. */
export async function* eventStream(options: EventStreamOptions): AsyncGenerator<string> {
  const { announcements, queues, isSignedIn, signal } = options
  const pending = new PendingEvents(new Set(queues))
  const unsubscribe = announcements.subscribe((heard) => pending.add(heard))
  try {
    // The browser reconnects after this time, and asks for what it may have missed.
    yield 'retry: 2000\n\n'
    while (!signal.aborted) {
      await pending.any(ALIVE_MS, signal)
      if (signal.aborted || !(await isSignedIn())) return
      await pause(GATHERING_MS, signal)
      const events = pending.take()
      yield events.length === 0
        ? ': alive\n\n'
        : events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
    }
  } finally {
    unsubscribe()
  }
}

class PendingEvents {
  readonly #queues: ReadonlySet<string>
  readonly #events = new Map<string, ReviewEvent>()
  #wake = Promise.withResolvers<void>()

  constructor(queues: ReadonlySet<string>) {
    this.#queues = queues
  }

  add(heard: Heard): void {
    if (heard === 'missed') this.#put({ event: 'queue' })
    else if (this.#queues.has(heard.queue)) this.#addOwn(heard)
  }

  /** Resolves when there is one, after `ms`, or with the signal. */
  async any(ms: number, signal: AbortSignal): Promise<void> {
    const enough = new AbortController()
    await Promise.race([this.#wake.promise, pause(ms, AbortSignal.any([signal, enough.signal]))])
    enough.abort()
  }

  take(): readonly ReviewEvent[] {
    const events = [...this.#events.values()]
    this.#events.clear()
    this.#wake = Promise.withResolvers<void>()
    return events
  }

  #addOwn({ event, caseId }: Exclude<Heard, 'missed'>): void {
    if (this.#events.size >= PENDING_MAX) {
      this.#events.clear()
      this.#put({ event: 'queue' })
    }
    this.#put(caseId === undefined ? { event } : { event, caseId })
  }

  #put(event: ReviewEvent): void {
    this.#events.set(JSON.stringify(event), event)
    this.#wake.resolve()
  }
}
