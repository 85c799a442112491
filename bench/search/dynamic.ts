// Measures a set that changes while it is searched: node bench/search/dynamic.ts [--n 10000000] [--per-second 20000]
// [--seconds 60]. This thread writes; another searches batches all the time, first while nothing changes, then while
// values are added; tables are built in a third. Writes bench/results/dynamic.json.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { DynamicIndex } from '../../src/search/dynamic/dynamic-index.ts'
import { randomValues, wordSource } from '../../src/sample/value-sets.ts'
import { writeResult } from '../machine.ts'
import { median } from '../median.ts'
import type { DynamicSearchOrder, DynamicSearchReport } from './dynamic-searcher.ts'

const { values: flags } = parseArgs({
  options: {
    n: { type: 'string', default: '10000000' },
    'per-second': { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '60' },
    batch: { type: 'string', default: '4096' },
  },
})
const known = Number(flags.n)
const perSecond = Number(flags['per-second'])
const seconds = Number(flags.seconds)
/** The writer makes a frame this often. */
const FRAME_MS = 20
const QUIET_MS = 15_000

const next = wordSource(known)
const residentMiB = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20)

const index = new DynamicIndex({ readers: 1 })
let started = performance.now()
const PIECE = 100_000
for (let added = 0; added < known; added += PIECE) {
  const values = randomValues(Math.min(PIECE, known - added), next)
  for (let at = 0; at < values.length; at += 8) index.add(values, at)
}
index.publish()
await index.settle()
console.log(`${known} values added and indexed in ${((performance.now() - started) / 1000).toFixed(1)} s`)

const total = perSecond * seconds
const fresh = randomValues(total, next)
const shared = {
  /** Values added so far; 0 while nothing changes; −1 at the end. */
  progress: new SharedArrayBuffer(4),
  /** The new values, and when each was added (milliseconds since 1970). */
  fresh: new SharedArrayBuffer(fresh.byteLength),
  addedAtMs: new SharedArrayBuffer(8 * total),
}
const progress = new Int32Array(shared.progress)
const addedAtMs = new Float64Array(shared.addedAtMs)
new Uint32Array(shared.fresh).set(fresh)
const ticket = index.openReader()
const order: DynamicSearchOrder = { ticket, batch: Number(flags.batch), ...shared }
const searcher = new Worker(new URL('dynamic-searcher.ts', import.meta.url), {
  workerData: order,
  transferList: [ticket.port],
})
const reported = once(searcher, 'message')
await sleep(QUIET_MS)

/** Resident size whenever one more segment had been built. */
const resident: number[] = []
started = performance.now()
for (let added = 0; added < total;) {
  const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * perSecond))
  const nowMs = performance.timeOrigin + performance.now()
  for (; added < due; added++) {
    index.add(fresh, added * 8)
    addedAtMs[added] = nowMs
  }
  index.publish()
  Atomics.store(progress, 0, added)
  index.maintain()
  const { seals, merges } = index.state
  if (seals + merges - 1 > resident.length) resident.push(residentMiB())
  await sleep(FRAME_MS)
}
const tookSeconds = (performance.now() - started) / 1000
Atomics.store(progress, 0, -1)
// The searcher sends one message: what it measured.
const [report] = (await reported) as [DynamicSearchReport]
await index.settle()
const { seals, merges, bytes, segments } = index.state
const bytesPerValue = Number((bytes / index.size).toFixed(1))
const quiet = median(report.quietMicros)
const busy = median(report.busyMicros)
const result = {
  what: `${known.toLocaleString('en')} known hashes, searched in batches of ${order.batch} by one thread while another adds ${perSecond.toLocaleString('en')} a second for ${seconds} s`,
  known,
  addedPerSecond: Math.round(total / tookSeconds),
  quietMicrosPerQuery: Number(quiet.toFixed(2)),
  busyMicrosPerQuery: Number(busy.toFixed(2)),
  ratio: Number((busy / quiet).toFixed(2)),
  visibleAfterMs: {
    p50: Math.round(median(report.visibleMs)),
    greatest: Math.round(Math.max(...report.visibleMs)),
  },
  missed: report.missed,
  seals,
  merges,
  segments,
  residentMiB: { afterFirst: resident[0], after20: resident[19], last: resident.at(-1) },
  bytesPerValue,
}
console.log(result)
writeResult('dynamic', result)
await index.close()
