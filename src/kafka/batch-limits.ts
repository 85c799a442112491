// How large a batch each topic takes.

/** Kafka's default of message.max.bytes: for a topic that can't be described, which needs the right to describe configs. */
const DEFAULT_BYTES = 1_048_588
/** What was learnt of a topic counts for this time, in milliseconds: an operator may change it meanwhile. */
const KNOWN_FOR_MS = 5 * 60_000

interface Limit {
  readonly bytes: Promise<number>
  readonly askedAtMs: number
}

export class BatchLimits {
  readonly #describe: (topic: string) => Promise<number | undefined>
  readonly #limits = new Map<string, Limit>()

  /** @param describe The topic's `max.message.bytes`; undefined if it can't be learnt. */
  constructor(describe: (topic: string) => Promise<number | undefined>) {
    this.#describe = describe
  }

  /** The most bytes that a batch of the topic may have. */
  of(topic: string): Promise<number> {
    const known = this.#limits.get(topic)
    if (known && performance.now() - known.askedAtMs < KNOWN_FOR_MS) return known.bytes
    const bytes = this.#describe(topic).then((described) => described ?? DEFAULT_BYTES)
    this.#limits.set(topic, { bytes, askedAtMs: performance.now() })
    return bytes
  }

  /** The topic has refused a batch that should have fitted: its limit is another one now. */
  forget(topic: string): void {
    this.#limits.delete(topic)
  }
}
