// The thread that builds the tables of segments. Of several segments the smallest goes first, and the others wait
// between two of their tables: a long merge never keeps a tail from being sealed.
import { parentPort } from 'node:worker_threads'
import { Arena } from '../wasm/arena.ts'
import { buildSegment } from '../wasm/segment.ts'
import type { BuildOrder } from './table-builder.ts'

interface Job {
  readonly number: number
  readonly size: number
  readonly steps: Generator<void, void>
}

const arenas = new Map<number, Arena>()
const jobs: Job[] = []
let running = false

function step(): void {
  const job = jobs.reduce((least, other) => (other.size < least.size ? other : least))
  if (job.steps.next().done) {
    jobs.splice(jobs.indexOf(job), 1)
    parentPort?.postMessage(job.number)
  }
  running = jobs.length > 0
  if (running) setImmediate(step)
}

parentPort?.on('message', (order: BuildOrder) => {
  if ('forget' in order) {
    arenas.delete(order.forget)
    return
  }
  if ('memory' in order) {
    arenas.set(order.arena, Arena.attach(order.memory, order.thread))
    return
  }
  const arena = arenas.get(order.arena)
  if (!arena) throw new Error(`Arena ${order.arena} was never announced.`)
  jobs.push({ number: order.job, size: order.segment.size, steps: buildSegment(arena, order.segment) })
  if (!running) setImmediate(step)
  running = true
})
