// Run as a worker thread: reads a changing set until the test stops it, and checks every answer.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { IndexReader, type ReaderTicket } from '../../../src/search/dynamic/index-reader.ts'
import { FrameReader } from '../../../src/search/dynamic/frames.ts'
import { History } from '../history.ts'

export interface ReaderOrder {
  readonly ticket: ReaderTicket
  readonly seed: number
  /** Words of 32 bits: whether to stop, then how many batches each reader has searched. */
  readonly shared: SharedArrayBuffer
  /** This one's number, which also chooses its queries. */
  readonly reader: number
}

export interface ReaderReport {
  readonly batches: number
  /** Different states that answers were about. */
  readonly states: number
  readonly wrong: readonly string[]
}

const RADIUS = 40
const value = new Uint32Array(8)
const textOf = (values: Uint32Array, id: number): string => values.subarray(id * 8, id * 8 + 8).join()

// What this file's own test sends.
const { ticket, seed, shared, reader: number } = workerData as ReaderOrder
const words = new Int32Array(shared)
const frames = new FrameReader(ticket.frames)
// By itself it would scan most of these segments, and look into few tables.
const reader = new IndexReader(ticket, { tuning: { strategy: number === 0 ? 'direct' : 'parts' } })
const history = new History(seed)
const { queries, near } = history.questions(40, RADIUS, number)
const wrong: string[] = []
const states = new Set<number>()
let batches = 0
while (Atomics.load(words, 0) === 0 && wrong.length < 5) {
  const before = frames.sequence
  const frame = reader.newestFrame()
  const { sequence } = frame
  const matches = reader.searchFrame(frame, queries, { maxDistanceBits: RADIUS, limit: Infinity })
  if (sequence < before || sequence > frames.sequence) wrong.push(`state ${sequence} did not exist then`)
  for (const [query, candidates] of near.entries()) {
    // By the values themselves: their ids are the writer's business.
    const got = new Map<string, number>()
    for (let n = matches.starts[query]; n < matches.starts[query + 1]; n++) {
      reader.copyValue(matches.ids[n], value, 0)
      got.set(value.join(), matches.distances[n])
    }
    const expected = candidates.filter(({ id }) => history.isLive(id, sequence))
    const same =
      got.size === expected.length &&
      expected.every(({ id, distance }) => got.get(textOf(history.values, id)) === distance)
    if (!same)
      wrong.push(`state ${sequence}, query ${query}: ${got.size} found, ${expected.length} are there`)
  }
  states.add(sequence)
  batches++
  Atomics.store(words, 1 + number, batches)
  // Now and then a reader is idle.
  if (batches % 50 === 0) await nextTurn()
}
reader.close()
const report: ReaderReport = { batches, states: states.size, wrong }
parentPort?.postMessage(report)
