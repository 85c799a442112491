// In the main thread: starts matcher threads, some of them early: they load their code, and wait for their order.
import { Worker } from 'node:worker_threads'
import { createBirpc } from 'birpc'
import { ticketPorts } from '../../known/set-reader.ts'
import type { RunningThread, SetCalls, StartThread, ThreadCalls } from './thread-calls.ts'

const ENTRY = new URL('matcher-thread-entry.ts', import.meta.url)
/** Room for what a thread forgets soon: reports of some batches. By itself it would grow to several times as much. */
const YOUNG_MIB = 48

/** A matcher thread of this process, which loads its code and then waits for its order. */
class PrestartedThread {
  readonly #worker = new Worker(ENTRY, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } })
  readonly #ended: Promise<NodeJS.ErrnoException | undefined>
  #isAlive = true

  constructor() {
    this.#ended = new Promise((resolve) => {
      let failure: NodeJS.ErrnoException | undefined
      this.#worker.once('error', (error) => {
        failure = error instanceof Error ? error : new Error(String(error))
      })
      this.#worker.once('exit', () => {
        this.#isAlive = false
        resolve(failure)
      })
    })
  }

  /** One that has ended takes no order. */
  get isAlive(): boolean {
    return this.#isAlive
  }

  begin(...[order, answers]: Parameters<StartThread>): RunningThread {
    const worker = this.#worker
    worker.postMessage(order, [...ticketPorts(order.set)])
    const calls = createBirpc<ThreadCalls, SetCalls>(answers, {
      post: (message: unknown) => worker.postMessage(message),
      on: (receive) => worker.on('message', receive),
      timeout: 2 ** 31 - 1,
    })
    return {
      metrics: () => calls.metrics(),
      beCautious: (caution) => void calls.beCautious.asEvent(caution),
      // It has left, and nothing that it has opened may keep it.
      stop: async () => {
        await calls.stop()
        await worker.terminate()
      },
      ended: this.#ended.finally(() => calls.$close()),
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

/**
 * Threads that load their code, for which each takes a good part of a second of a processor, while the known set is
 * still being read.
 */
export class PrestartedThreads {
  readonly #prestarted: PrestartedThread[]

  constructor(count: number) {
    this.#prestarted = Array.from({ length: count }, () => new PrestartedThread())
  }

  /** Gives one of them its order; once none is left, a new one. */
  readonly start: StartThread = (...order) => {
    const first = this.#prestarted.pop()
    return (first?.isAlive ? first : new PrestartedThread()).begin(...order)
  }

  /** Ends those that were not needed. */
  async end(): Promise<void> {
    await Promise.all(this.#prestarted.splice(0).map((thread) => thread.end()))
  }
}
