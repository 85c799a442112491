// Reads hits as they come, for latencies.
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeHit } from '../../src/contract/hit.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import type { Consumption, EventLog } from '../../src/log/event-log.ts'
import { wallMs } from './wall-clock.ts'

const POLL_MS = 10

/** Reads hits as they come, and notes when it had which one first. */
export class HitReader {
  /** By the id of the report, as wallMs says it. */
  readonly readAtMs: ReadonlyMap<string, number>
  readonly #reading: Consumption

  private constructor(readAtMs: ReadonlyMap<string, number>, reading: Consumption) {
    this.readAtMs = readAtMs
    this.#reading = reading
  }

  /** From the end that the topic has now. */
  static async start(log: EventLog, topic: string): Promise<HitReader> {
    const readAtMs = new Map<string, number>()
    const reading = await log.follow({
      topic,
      from: 'end',
      onBatch: ({ records }) => {
        const nowMs = wallMs()
        for (const { value } of records) {
          const hit = decodeHit(value)
          if (hit instanceof Rejection) throw hit
          const { reportId } = hit.report
          if (!readAtMs.has(reportId)) readAtMs.set(reportId, nowMs)
        }
      },
    })
    return new HitReader(readAtMs, reading)
  }

  stop(): Promise<void> {
    return this.#reading.stop()
  }

  /** Waits until `isEnough`; false if that takes longer. */
  async until(
    isEnough: (readAtMs: ReadonlyMap<string, number>) => boolean,
    withinMs: number,
  ): Promise<boolean> {
    const deadline = performance.now() + withinMs
    while (!isEnough(this.readAtMs)) {
      if (performance.now() > deadline) return false
      await sleep(POLL_MS)
    }
    return true
  }
}
