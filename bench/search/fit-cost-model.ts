// Fits the constants of src/search/wasm/cost-model.ts: node bench/search/fit-cost-model.ts [--sizes 20000,…] [--batches 1,…].
// Searches random sets by each way through the tables at radius 31, half of the queries planted, and prints for each
// way the nanoseconds that make the least squared relative error, none of them negative, and that error. It counts
// the thread's processor time, which neighbours disturb less than the wall clock, and takes the least of three.
import { parseArgs } from 'node:util'
import { TABLES_STRATEGIES, probesOf, tablesQuantities } from '../../src/search/wasm/cost-model.ts'
import { KernelIndex } from '../../src/search/wasm/kernel-index.ts'
import type { SearchTuning } from '../../src/search/wasm/search-tuning.ts'
import { nearQueries, randomValues, wordSource } from '../../src/sample/value-sets.ts'

const { values: flags } = parseArgs({
  options: {
    sizes: {
      type: 'string',
      default: '500,2000,4000,8000,20000,50000,100000,300000,1000000,3000000,10000000',
    },
    batches: { type: 'string', default: '1,16,64,256,1024,4096,16384' },
  },
})
const RADIUS = 31
/** The processor's clock ticks in milliseconds, so one timing takes at least so long. */
const LEAST_MICROS = 60_000
const TIMINGS = 3
/** A way that is so many times dearer than the best is no choice, and says nothing to the fit. */
const MOST_WORSE = 2
/** Queries asked in turn, so that a small batch finds nothing of the last one in the caches. */
const QUERIES = 65_536
const DESCENTS = 5000
/**
 * Scanning an entry costs at least so much, where nothing misses a cache, and at most so much, where buckets are short;
 * of direct and of sparse probes little else could be told apart.
 */
const ENTRY_NS = { least: 0.1, most: 1 }

interface Measured {
  readonly quantities: readonly number[]
  readonly micros: number
}

function timeSearches(index: KernelIndex, queries: Uint32Array, batch: number): number {
  const started = process.threadCpuUsage()
  for (let rounds = 1, from = 0; ; rounds++, from = (from + batch) % QUERIES) {
    index.search(queries.subarray(from * 8, (from + batch) * 8), { maxDistanceBits: RADIUS, limit: 64 })
    const { user, system } = process.threadCpuUsage(started)
    if (user + system >= LEAST_MICROS) return (user + system) / rounds
  }
}

/** Coefficients, none negative, for which quantities · coefficients comes nearest to the time, by coordinate descent. */
function fit(measured: readonly Measured[]): number[] {
  const rows = measured.map(({ quantities, micros }) =>
    quantities.map((quantity) => quantity / (micros * 1000)),
  )
  const coefficients = rows[0].map(() => 0)
  for (let descent = 0; descent < DESCENTS; descent++) {
    for (let n = 0; n < coefficients.length; n++) {
      let wanted = 0
      let squares = 0
      for (const row of rows) {
        const others = row.reduce((sum, each, m) => (m === n ? sum : sum + each * coefficients[m]), 0)
        wanted += row[n] * (1 - others)
        squares += row[n] * row[n]
      }
      const { least, most } = n === coefficients.length - 1 ? ENTRY_NS : { least: 0, most: Infinity }
      coefficients[n] = Math.min(most, Math.max(least, wanted / squares))
    }
  }
  return coefficients
}

const measured = new Map(TABLES_STRATEGIES.map((strategy) => [strategy, new Array<Measured>()]))
for (const size of flags.sizes.split(',').map(Number)) {
  const next = wordSource(size)
  const values = randomValues(size, next)
  const tuning: SearchTuning = {}
  const index = KernelIndex.withTables(values, { tuning })
  const queries = nearQueries(values, QUERIES, () => next() % (RADIUS + 1), 1, next)
  for (const batch of flags.batches.split(',').map(Number)) {
    const costs = TABLES_STRATEGIES.map((strategy) => {
      tuning.strategy = strategy
      const micros = Math.min(...Array.from({ length: TIMINGS }, () => timeSearches(index, queries, batch)))
      console.log(`N ${size} batch ${batch} ${strategy}: ${(micros / batch).toFixed(2)} µs a query`)
      return { strategy, micros }
    })
    const least = Math.min(...costs.map(({ micros }) => micros))
    for (const { strategy, micros } of costs) {
      if (micros > least * MOST_WORSE) continue
      const quantities = tablesQuantities(strategy, size, batch * probesOf(RADIUS, 1))
      measured.get(strategy)?.push({ quantities, micros })
    }
  }
}
for (const [strategy, all] of measured) {
  const coefficients = fit(all)
  const errors = all.map(({ quantities, micros }) => {
    const modelled = quantities.reduce((sum, quantity, n) => sum + quantity * coefficients[n], 0) / 1000
    return (modelled / micros - 1) ** 2
  })
  const error = Math.sqrt(errors.reduce((sum, each) => sum + each) / errors.length)
  const constants = coefficients.map((coefficient) => Number(coefficient.toPrecision(3))).join(', ')
  console.log(`${strategy}: [${constants}], off by ${(error * 100).toFixed(0)} %`)
}
