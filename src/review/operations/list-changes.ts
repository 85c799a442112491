// When lists last changed: the time of the last record of known-hashes, as the brokers know it.
import type { EventLog } from '../../log/event-log.ts'

const DAY_MS = 86_400_000
/** The time is found to within this, in milliseconds. */
const EXACT_MS = 30_000
/** The brokers are asked again after this time, in milliseconds; an answer that is much older says nothing any more. */
const ASK_EVERY_MS = 30_000
const KNOWN_FOR_MS = 4 * ASK_EVERY_MS

/** Milliseconds since 1970; or it is known that nothing has changed within a day. */
export type ListChange = { readonly atMs: number } | 'not-within-a-day'

export class ListChanges {
  readonly #log: Pick<EventLog, 'offsets' | 'offsetsSince'>
  readonly #topic: string
  #known: { readonly change: ListChange; readonly atMs: number } | undefined
  #isAsking = false

  constructor(log: Pick<EventLog, 'offsets' | 'offsetsSince'>, topic: string) {
    this.#log = log
    this.#topic = topic
  }

  /** As far as it is known now: a page does not wait for Kafka. Asks anew in the background. */
  last(): ListChange | undefined {
    const ageMs = this.#known ? performance.now() - this.#known.atMs : Infinity
    // While Kafka is away, or refuses it, the time is not known, and the page says elsewhere why.
    if (ageMs > ASK_EVERY_MS && !this.#isAsking) void this.#ask()
    return ageMs > KNOWN_FOR_MS ? undefined : this.#known?.change
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    const atMs = performance.now()
    try {
      this.#known = { change: await this.#find(), atMs }
    } catch {
      // It is asked again when somebody looks.
    } finally {
      this.#isAsking = false
    }
  }

  async #find(): Promise<ListChange> {
    const [{ end }] = await this.#log.offsets(this.#topic)
    const hasSince = async (atMs: number): Promise<boolean> => {
      const [{ offset }] = await this.#log.offsetsSince(this.#topic, atMs)
      return offset < end
    }
    let before = Date.now()
    let since = before - DAY_MS
    if (!(await hasSince(since))) return 'not-within-a-day'
    while (before - since > EXACT_MS) {
      const middle = (before + since) / 2
      if (await hasSince(middle)) since = middle
      else before = middle
    }
    return { atMs: since }
  }
}
