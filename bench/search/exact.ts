// Measures the exact index at 10,000,000 digests of each cryptographic type: bytes a value, the longest single `add`,
// and a look-up in batches when nothing, one query in a hundred, and everything that is asked is known. Writes
// bench/results/search-exact.json.
import { ExactIndex } from '../../src/search/exact.ts'
import { wordSource } from '../../test/search/kernel-value-sets.ts'
import { writeResult } from '../machine.ts'

const VALUES = Number(process.argv[2] ?? 10_000_000)
const QUERIES = 409_600
const BATCH = 4096
const ROUNDS = 7

const rounded = (figure: number, digits = 3): number => Number(figure.toPrecision(digits))

/** Nanoseconds a look-up: the least of several rounds, in batches. */
function nanosecondsALookup(index: ExactIndex, queries: Uint32Array, width: number, known: number): number {
  const out = new Int32Array(BATCH)
  let least = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    let found = 0
    const started = performance.now()
    for (let from = 0; from < QUERIES; from += BATCH) {
      index.lookup(queries.subarray(from * width, (from + BATCH) * width), out)
      for (let query = 0; query < BATCH; query++) if (out[query] !== -1) found++
    }
    least = Math.min(least, ((performance.now() - started) / QUERIES) * 1e6)
    if (found !== known) throw new Error(`${found} of ${known} known values were found.`)
  }
  return rounded(least)
}

function measure(type: string, width: 4 | 5 | 8): Record<string, unknown> {
  const nextWord = wordSource(width)
  const index = new ExactIndex(width, [nextWord(), nextWord()])
  const value = new Uint32Array(width)
  const asked = new Uint32Array(QUERIES * width)
  const every = Math.floor(VALUES / QUERIES)
  const pauses: number[] = []
  let total = 0
  let longestCpuMicros = 0
  for (let number = 0; number < VALUES; number++) {
    for (let word = 0; word < width; word++) value[word] = nextWord()
    if (number % every === 0 && number / every < QUERIES) asked.set(value, (number / every) * width)
    const cpuBefore = process.threadCpuUsage()
    const started = performance.now()
    index.add(value, 0)
    const took = performance.now() - started
    total += took
    if (took < 1) continue
    // On a shared machine the longest pauses are the neighbours': the time of this thread alone says what is ours.
    pauses.push(took)
    const { user, system } = process.threadCpuUsage(cpuBefore)
    longestCpuMicros = Math.max(longestCpuMicros, user + system)
  }
  const unknown = Uint32Array.from({ length: QUERIES * width }, nextWord)
  const mixed = unknown.slice()
  for (let query = 0; query < QUERIES; query += 100) {
    mixed.set(asked.subarray(query * width, (query + 1) * width), query * width)
  }
  return {
    type,
    bytesAValue: rounded(index.bytes / VALUES),
    addMicros: rounded((total / VALUES) * 1000),
    longestAddMs: {
      ofThisThread: rounded(longestCpuMicros / 1000),
      byTheClock: rounded(Math.max(...pauses)),
    },
    nanosecondsALookup: {
      noneKnown: nanosecondsALookup(index, unknown, width, 0),
      onePercentKnown: nanosecondsALookup(index, mixed, width, Math.ceil(QUERIES / 100)),
      allKnown: nanosecondsALookup(index, asked, width, QUERIES),
    },
  }
}

const rows = (
  [
    ['md5', 4],
    ['sha1', 5],
    ['sha256', 8],
  ] as const
).map(([type, words]) => {
  const row = measure(type, words)
  console.log(row)
  return row
})
writeResult('search-exact', {
  what: 'Random digests in an exact index, looked up in batches of 4,096; the least of seven rounds',
  values: VALUES,
  rows,
})
