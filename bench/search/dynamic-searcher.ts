// Run as a worker thread by dynamic.ts: searches batches of random queries and of the newest values.
import { parentPort, workerData } from 'node:worker_threads'
import { IndexReader, type ReaderTicket } from '../../src/search/dynamic/index-reader.ts'
import { randomValues, wordSource } from '../../src/sample/value-sets.ts'

export interface DynamicSearchOrder {
  readonly ticket: ReaderTicket
  readonly batch: number
  readonly progress: SharedArrayBuffer
  readonly fresh: SharedArrayBuffer
  readonly addedAtMs: SharedArrayBuffer
}

export interface DynamicSearchReport {
  readonly quietMicros: number[]
  readonly busyMicros: number[]
  /** From a value's addition to the first answer that has it, of the values that were the newest at some call. */
  readonly visibleMs: number[]
  /** Values that were added when a search began and that it did not find. */
  readonly missed: number
}

const NEWEST = 16
// What dynamic.ts sends.
const { ticket, batch, ...shared } = workerData as DynamicSearchOrder
const progress = new Int32Array(shared.progress)
const fresh = new Uint32Array(shared.fresh)
const addedAtMs = new Float64Array(shared.addedAtMs)
const reader = new IndexReader(ticket)
const queries = randomValues(batch, wordSource(1))
const report = {
  quietMicros: new Array<number>(),
  busyMicros: new Array<number>(),
  visibleMs: [0],
  missed: 0,
}
for (let turn = 0; ; turn++) {
  const added = Atomics.load(progress, 0)
  if (added < 0) break
  const newest = Math.min(NEWEST, added)
  queries.set(fresh.subarray((added - newest) * 8, added * 8))
  const started = performance.now()
  const { counts } = reader.search(queries, { maxDistanceBits: 31, limit: 64 })
  const ended = performance.now()
  // The first calls are the compiler's.
  if (turn > 20)
    (added === 0 ? report.quietMicros : report.busyMicros).push(((ended - started) * 1000) / batch)
  for (let n = 0; n < newest; n++) {
    if (counts[n] === 0) report.missed++
    else report.visibleMs.push(performance.timeOrigin + ended - addedAtMs[added - newest + n])
  }
}
reader.close()
const answer: DynamicSearchReport = report
parentPort?.postMessage(answer)
