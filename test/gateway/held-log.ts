// A log in memory whose writes a test holds up, lets go, or lets fail.
import type { OutgoingRecord } from '../../src/log/event-log.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'

export class HeldLog extends MemoryLog {
  failure: Error | undefined
  /** Of each call the records that are written before the failure. */
  written = 0
  #held: Promise<void> | undefined
  #release: (() => void) | undefined
  calls = 0

  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = promise
    this.#release = resolve
  }

  release(): void {
    this.#held = undefined
    this.#release?.()
  }

  override async produce(
    topic: string,
    records: readonly OutgoingRecord[],
    onWritten?: (record: OutgoingRecord) => void,
  ): Promise<void> {
    this.calls++
    await this.#held
    if (this.failure === undefined) return super.produce(topic, records, onWritten)
    await super.produce(topic, records.slice(0, this.written), onWritten)
    throw this.failure
  }
}
