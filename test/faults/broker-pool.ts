import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, HOST } from '../../src/cli/local/broker-address.ts'
import { startJavaBroker, type JavaBroker } from '../../src/cli/local/broker-java.ts'
import { BrokerCluster } from './broker-cluster.ts'
import { Gate } from './gate.ts'

/** Where a fault run takes place. */
export interface Site {
  /** A broker, and a gate to it: clients that come through the gate get its address for all that follows. */
  readonly broker: JavaBroker
  readonly gate: Gate
  /** The cluster that the broker is the first of, if the fault needs several. */
  readonly cluster?: BrokerCluster
}

/** Sites of fault runs: each is one run's alone while it lasts. One broker is kept for the next run unless this one failed. */
export class BrokerPool implements AsyncDisposable {
  readonly #size: number
  readonly #idle: Site[] = []
  readonly #waiting: (() => void)[] = []
  #lent = 0

  constructor(size: number) {
    this.#size = size
  }

  /** Does the work at a site, as soon as one is free. */
  async lend<T>(needsCluster: boolean, work: (site: Site) => Promise<T>): Promise<T> {
    while (this.#lent >= this.#size) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#lent++
    try {
      return await (needsCluster ? withCluster(work) : this.#withBroker(work))
    } finally {
      this.#lent--
      this.#waiting.shift()?.()
    }
  }

  async #withBroker<T>(work: (site: Site) => Promise<T>): Promise<T> {
    const site = this.#idle.pop() ?? (await startGated())
    try {
      const result = await work(site)
      this.#idle.push(site)
      return result
    } catch (error) {
      await end(site)
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(end))
  }
}

/** Of four processes, so it is started for each run, and ended. */
async function withCluster<T>(work: (site: Site) => Promise<T>): Promise<T> {
  await using cluster = await BrokerCluster.start()
  const broker = cluster.broker(1)
  const gate = await Gate.open(Number(broker.brokers.split(':')[1]))
  try {
    return await work({ broker, gate, cluster })
  } finally {
    await gate.end()
  }
}

async function startGated(): Promise<Site> {
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

async function end({ broker, gate }: Site): Promise<void> {
  await gate.end()
  await broker.stop()
  rmSync(broker.dataDir, { recursive: true, force: true })
}
