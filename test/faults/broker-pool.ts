import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startJavaBroker, type JavaBroker } from '../../src/cli/local/broker-java.ts'

/** Shorter sessions than brokers permit by default, so that a run need not wait long for one to end. */
const OVERRIDES = { 'group.min.session.timeout.ms': '1000' }

/** Brokers for fault runs: each is one run's alone while it lasts, and kept for the next unless the run failed. */
export class BrokerPool implements AsyncDisposable {
  readonly #size: number
  readonly #idle: JavaBroker[] = []
  readonly #waiting: (() => void)[] = []
  #lent = 0

  constructor(size: number) {
    this.#size = size
  }

  /** Does the work with a broker, as soon as one is free. */
  async lend<T>(work: (broker: JavaBroker) => Promise<T>): Promise<T> {
    while (this.#lent >= this.#size) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#lent++
    try {
      const broker = this.#idle.pop() ?? (await startBroker())
      try {
        const result = await work(broker)
        this.#idle.push(broker)
        return result
      } catch (error) {
        await end(broker)
        throw error
      }
    } finally {
      this.#lent--
      this.#waiting.shift()?.()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(end))
  }
}

const startBroker = (): Promise<JavaBroker> =>
  startJavaBroker({ dataDir: mkdtempSync(join(tmpdir(), 'hashwarden-broker-')), overrides: OVERRIDES })

async function end(broker: JavaBroker): Promise<void> {
  await broker.stop()
  rmSync(broker.dataDir, { recursive: true, force: true })
}
