import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, HOST } from '../../src/cli/local/broker-address.ts'
import { startJavaBroker, type JavaBroker } from '../../src/cli/local/broker-java.ts'
import { Gate } from './gate.ts'

/** A broker, and a gate to it: whoever comes through the gate is told to come by it again. */
export interface GatedBroker {
  readonly broker: JavaBroker
  readonly gate: Gate
}

/** Brokers for fault runs: each is one run's alone while it lasts, and kept for the next unless the run failed. */
export class BrokerPool implements AsyncDisposable {
  readonly #size: number
  readonly #idle: GatedBroker[] = []
  readonly #waiting: (() => void)[] = []
  #lent = 0

  constructor(size: number) {
    this.#size = size
  }

  /** Does the work with a broker, as soon as one is free. */
  async lend<T>(work: (gated: GatedBroker) => Promise<T>): Promise<T> {
    while (this.#lent >= this.#size) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#lent++
    try {
      const gated = this.#idle.pop() ?? (await startGated())
      try {
        const result = await work(gated)
        this.#idle.push(gated)
        return result
      } catch (error) {
        await end(gated)
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

async function startGated(): Promise<GatedBroker> {
  const [port, controllerPort, behindGate] = [await freePort(), await freePort(), await freePort()]
  const gate = await Gate.open(behindGate)
  const listeners = (gatedPort: number): string => `PLAINTEXT://${HOST}:${port},GATED://${HOST}:${gatedPort}`
  const broker = await startJavaBroker({
    dataDir: mkdtempSync(join(tmpdir(), 'hashwarden-broker-')),
    port,
    controllerPort,
    overrides: {
      listeners: `${listeners(behindGate)},CONTROLLER://${HOST}:${controllerPort}`,
      'advertised.listeners': listeners(gate.port),
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,GATED:PLAINTEXT,CONTROLLER:PLAINTEXT',
      // Shorter sessions than by default, so that a run need not wait long for one to end.
      'group.min.session.timeout.ms': '1000',
    },
  })
  return { broker, gate }
}

async function end({ broker, gate }: GatedBroker): Promise<void> {
  await gate.end()
  await broker.stop()
  rmSync(broker.dataDir, { recursive: true, force: true })
}
