// Run as a worker thread: attaches to an index in a shared memory and answers one batch.
import { parentPort, workerData } from 'node:worker_threads'
import { KernelMemory } from '../../src/search/kernel-memory.ts'
import type { Matches, RadiusQuery } from '../../src/search/hamming-index.ts'
import { MultiIndex } from '../../src/search/multi-index.ts'

export interface SearchOrder {
  readonly memory: WebAssembly.Memory
  readonly address: number
  readonly thread: number
  readonly queries: Uint32Array
  readonly query: RadiusQuery
  readonly rounds: number
}

// What this file's own test sends.
const order = workerData as SearchOrder
const index = MultiIndex.attach(KernelMemory.attach(order.memory, order.thread), order.address)
let answer: Matches | undefined
for (let round = 0; round < order.rounds; round++) answer = index.search(order.queries, order.query)
parentPort?.postMessage(answer)
