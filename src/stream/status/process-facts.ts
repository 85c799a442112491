// What a process can say of itself whatever its role is: memory, processor time, delays of its main thread.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Status } from '../../contract/status.ts'
import { withoutUnknown } from './counted.ts'

/** The event loop's delay is sampled this often, in milliseconds; each sample contains that time. */
const SAMPLE_MS = 20

type ProcessFacts = Pick<Status, 'memory' | 'cpuSeconds' | 'cpuCores' | 'eventLoopDelaySeconds'>

/** Each reading tells means and extremes since the one before. */
export class ProcessFactsReader {
  readonly #delay = monitorEventLoopDelay({ resolution: SAMPLE_MS })
  #before: { readonly cpuSeconds: number; readonly atMs: number } | undefined

  constructor() {
    this.#delay.enable()
  }

  read(): ProcessFacts {
    const { rss, heapUsed, external } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    const cpuSeconds = (user + system) / 1e6
    const atMs = performance.now()
    const before = this.#before
    this.#before = { cpuSeconds, atMs }
    const hasSamples = this.#delay.count > 0
    const delaySeconds = Math.max(0, this.#delay.max / 1e6 - SAMPLE_MS) / 1000
    this.#delay.reset()
    return {
      memory: { rssBytes: rss, heapUsedBytes: heapUsed, externalBytes: external },
      cpuSeconds,
      ...withoutUnknown({
        cpuCores:
          before && atMs > before.atMs
            ? ((cpuSeconds - before.cpuSeconds) * 1000) / (atMs - before.atMs)
            : undefined,
        eventLoopDelaySeconds: hasSamples ? delaySeconds : undefined,
      }),
    }
  }

  stop(): void {
    this.#delay.disable()
  }
}
