// Who builds the tables of a dynamic index: a thread of its own, or the caller.
import { Worker } from 'node:worker_threads'
import type { Arena } from '../wasm/arena.ts'
import { buildSegment, type Segment } from '../wasm/segment.ts'

/** Builds the tables of segments whose header is laid out. */
export interface TableBuilder {
  /** Says that a segment of this arena is soon to be built. */
  expect(arena: Arena): void
  build(arena: Arena, segment: Segment): Promise<void>
  /** Says that nothing more will be built in this arena. */
  forget(arena: Arena): void
  close(): Promise<void>
}

/** An order to the worker: an arena that it hasn't seen yet, a segment to build, or an arena to forget. */
export type BuildOrder =
  | { readonly arena: number; readonly memory: WebAssembly.Memory; readonly thread: number }
  | { readonly arena: number; readonly job: number; readonly segment: Segment }
  | { readonly forget: number }

/** Builds in a thread of its own, which begins when the first order is expected and does not keep the process. */
export class WorkerBuilder implements TableBuilder {
  readonly #thread: number
  readonly #numbers = new Map<Arena, number>()
  #announced = 0
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>()
  #worker: Worker | undefined
  #jobs = 0

  /** `thread` is the number of the scratch area that the worker uses in every arena. */
  constructor(thread: number) {
    this.#thread = thread
  }

  expect(arena: Arena): void {
    this.#announce(arena)
  }

  build(arena: Arena, segment: Segment): Promise<void> {
    const worker = this.#announce(arena)
    const job = this.#jobs++
    const done = Promise.withResolvers<void>()
    this.#waiting.set(job, done)
    worker.ref()
    post(worker, { arena: this.#numbers.get(arena) ?? 0, job, segment })
    return done.promise
  }

  forget(arena: Arena): void {
    const number = this.#numbers.get(arena)
    this.#numbers.delete(arena)
    if (number !== undefined && this.#worker) post(this.#worker, { forget: number })
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  /** The worker, which knows this arena. */
  #announce(arena: Arena): Worker {
    const worker = this.#start()
    if (this.#numbers.has(arena)) return worker
    const number = this.#announced++
    this.#numbers.set(arena, number)
    post(worker, { arena: number, memory: arena.memory.memory, thread: this.#thread })
    return worker
  }

  #start(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL('table-builder-worker.ts', import.meta.url))
    worker.unref()
    worker.on('message', (job: number) => {
      this.#waiting.get(job)?.resolve()
      this.#waiting.delete(job)
      if (this.#waiting.size === 0) worker.unref()
    })
    let cause: unknown
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', (code) => {
      this.#worker = undefined
      const error = new Error(`The thread that builds tables ended with code ${code}.`, { cause })
      for (const { reject } of this.#waiting.values()) reject(error)
      this.#waiting.clear()
    })
    this.#worker = worker
    return worker
  }
}

const post = (worker: Worker, order: BuildOrder): void => worker.postMessage(order)

/** Builds at once, in the caller's thread. */
export class InlineBuilder implements TableBuilder {
  expect(): void {
    // There is nothing to begin.
  }

  build(arena: Arena, segment: Segment): Promise<void> {
    for (const _ of buildSegment(arena, segment));
    return Promise.resolve()
  }

  forget(): void {
    // Nothing is kept of an arena.
  }

  async close(): Promise<void> {}
}
