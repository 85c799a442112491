// Measures the packed known set at 10,000,000 PDQ values with one entry each (source ids of 12 bytes, three sources):
// resident bytes a value by part, what a change costs, and what the matcher asks of it. Writes
// bench/results/known-set.json. Another number of entries may be given: node bench/search/known-set.ts 1000000.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { KnownHashChange } from '../../src/contract/known-hash.ts'
import { packed } from '../../src/hash/hash-value.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { writeResult } from '../machine.ts'
import { StepTimes, threadMs } from '../thread-clock.ts'
import { change, SOURCE_ID_BYTES } from './known-entries.ts'

const ENTRIES = Number(process.argv[2] ?? 10_000_000)
const ASKED = 5_000
const APPLIED_TOGETHER = 1000

setFlagsFromString('--expose-gc')
// The flag makes this function.
const collectGarbage = runInNewContext('gc') as () => void

const rounded = (figure: number, digits = 3): number => Number(figure.toPrecision(digits))

const residentBytes = (): number => {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage.rss()
}

/** Microseconds that each of `items` takes, on average. */
function microsEach<T>(items: readonly T[], ask: (item: T) => void): number {
  const started = threadMs()
  for (const item of items) ask(item)
  return rounded(((threadMs() - started) / items.length) * 1000)
}

const set = new PackedKnownSet()
const kept: KnownHashChange[] = []
const residentBefore = residentBytes()
const applied = new StepTimes()
for (let first = 0; first < ENTRIES; first += APPLIED_TOGETHER) {
  const changes = Array.from({ length: APPLIED_TOGETHER }, (_, number) => change(first + number))
  applied.block(changes, (one) => set.apply(one, 0))
  if (first % Math.floor(ENTRIES / ASKED) === 0) kept.push(changes[0])
}
const settleStarted = performance.now()
await set.settle()
const settleSeconds = (performance.now() - settleStarted) / 1000

const resident = residentBytes() - residentBefore
const { index, values, lists, postings } = set.memoryBytes()
const ids = kept.map(
  ({ identity }) => set.search('pdq', packed(identity.value), { maxDistanceBits: 0, limit: 1 }).ids[0],
)
const replacements = kept.map((one) => ({
  ...one,
  entry: one.entry && { ...one.entry, addedAt: '2026-01-02T03:04:05.678Z' },
}))

const result = {
  what: `PDQ values with one entry each, source ids of ${SOURCE_ID_BYTES} bytes, three sources, in the packed known set; the thread's own time`,
  sourceIdBytes: SOURCE_ID_BYTES,
  entries: set.entries,
  bytesPerValue: {
    resident: rounded(resident / ENTRIES, 4),
    index: rounded(index / ENTRIES, 4),
    tableOfValues: rounded(values / ENTRIES, 4),
    lists: rounded(lists / ENTRIES, 4),
    postings: rounded(postings / ENTRIES, 4),
  },
  microsPerApply: rounded(applied.micros),
  longestApplyMs: rounded(applied.longestMs),
  settleSeconds: rounded(settleSeconds),
  micros: {
    entriesOf: microsEach(ids, (id) => set.entriesOf('pdq', id)),
    valueOf: microsEach(ids, (id) => set.valueOf('pdq', id)),
    replace: microsEach(replacements, (one) => set.apply(one, ENTRIES)),
    remove: microsEach(kept, (one) => set.apply({ ...one, entry: null }, ENTRIES)),
  },
}
console.log(result)
if (set.entries !== ENTRIES - kept.length) throw new Error(`${set.entries} entries are left.`)
writeResult('known-set', result)
process.exit(0)
