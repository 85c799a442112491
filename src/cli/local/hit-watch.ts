// Follows the hit queue of the demonstration.
import { decodeHit, type Hit } from '../../contract/hit.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { Consumption, EventLog } from '../../log/event-log.ts'

/** Follows the hit queue from now on, and tells when it has seen all of it. */
export class HitWatch {
  readonly #log: EventLog
  readonly #topic: string
  readonly #next = new Map<number, number>()
  #consumption: Consumption | undefined

  constructor(log: EventLog, topic: string) {
    this.#log = log
    this.#topic = topic
  }

  /** `onHit` also gets the time of the hit's record, in milliseconds since 1970. */
  async start(onHit: (hit: Hit, publishedAtMs: number) => void): Promise<void> {
    for (const { partition, end } of await this.#log.offsets(this.#topic)) this.#next.set(partition, end)
    this.#consumption = await this.#log.follow({
      topic: this.#topic,
      from: new Map(this.#next),
      onBatch: ({ partition, records, nextOffset }) => {
        for (const { value, timestampMs } of records) {
          const hit = decodeHit(value)
          if (!(hit instanceof Rejection)) onHit(hit, timestampMs)
        }
        this.#next.set(partition, nextOffset)
      },
    })
  }

  async hasSeenAll(): Promise<boolean> {
    const offsets = await this.#log.offsets(this.#topic)
    return offsets.every(({ partition, end }) => (this.#next.get(partition) ?? 0) >= end)
  }

  async stop(): Promise<void> {
    await this.#consumption?.stop()
  }
}
