// Measures the exact index at 10,000,000 digests of each cryptographic type: bytes a value, what an `add` takes, and
// a look-up in batches when nothing, one query in a hundred, and everything that is asked is known. Writes
// bench/results/search-exact.json. Another number of digests may be given: node bench/search/exact.ts 1000000.
import { ExactIndex } from '../../src/search/equal/exact.ts'
import { wordSource } from '../../src/sample/value-sets.ts'
import { writeResult } from '../machine.ts'
import { StepTimes, threadMs } from '../thread-clock.ts'

const VALUES = Number(process.argv[2] ?? 10_000_000)
const QUERIES = 409_600
const BATCH = 4096
const ROUNDS = 7
const ADDED_TOGETHER = 1000

const rounded = (figure: number, digits = 3): number => Number(figure.toPrecision(digits))

/** Nanoseconds a look-up: the least of several rounds, in batches. */
function nanosecondsPerLookup(index: ExactIndex, queries: Uint32Array, width: number, known: number): number {
  const out = new Int32Array(BATCH)
  let least = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    let found = 0
    const started = threadMs()
    for (let from = 0; from < QUERIES; from += BATCH) {
      index.lookup(queries.subarray(from * width, (from + BATCH) * width), out)
      for (let query = 0; query < BATCH; query++) if (out[query] !== -1) found++
    }
    least = Math.min(least, ((threadMs() - started) / QUERIES) * 1e6)
    if (found !== known) throw new Error(`${found} of ${known} known values were found.`)
  }
  return rounded(least)
}

function measure(type: string, width: 4 | 5 | 8): Record<string, unknown> {
  const nextWord = wordSource(width)
  const index = new ExactIndex(width, [nextWord(), nextWord()])
  const block = new Uint32Array(ADDED_TOGETHER * width)
  const places = Array.from({ length: ADDED_TOGETHER }, (_, value) => value * width)
  const known = new Uint32Array(QUERIES * width)
  const every = Math.floor(VALUES / QUERIES)
  const adds = new StepTimes()
  for (let first = 0; first < VALUES; first += ADDED_TOGETHER) {
    for (let word = 0; word < block.length; word++) block[word] = nextWord()
    adds.block(places, (at) => index.add(block, at))
    for (const at of places) {
      const number = (first + at / width) / every
      if (Number.isInteger(number) && number < QUERIES)
        known.set(block.subarray(at, at + width), number * width)
    }
  }
  const unknown = Uint32Array.from({ length: QUERIES * width }, nextWord)
  const mixed = unknown.slice()
  for (let query = 0; query < QUERIES; query += 100) {
    mixed.set(known.subarray(query * width, (query + 1) * width), query * width)
  }
  return {
    type,
    bytesPerValue: rounded(index.bytes / VALUES),
    microsPerAdd: rounded(adds.micros),
    longestAddMs: rounded(adds.longestMs),
    nanosecondsPerLookup: {
      noneKnown: nanosecondsPerLookup(index, unknown, width, 0),
      onePercentKnown: nanosecondsPerLookup(index, mixed, width, Math.ceil(QUERIES / 100)),
      allKnown: nanosecondsPerLookup(index, known, width, QUERIES),
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
  what: "Random digests in an exact index, looked up in batches of 4,096, the least of seven rounds; the thread's own time",
  values: VALUES,
  rows,
})
