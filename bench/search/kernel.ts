// The kernel's own workbench, for those who change it: node bench/search/kernel.ts --n 1000000 --batches 1,64,4096
// [--radius 31] [--orientations 255] [--limit 64] [--strategy flat|sparse|direct|parts|stream] [--set natural|crowd|flood]
// [--seconds 3]. Prints the rows of the benchmark, in this process, with nothing kept.
import { parseArgs } from 'node:util'
import { TABLES_STRATEGIES } from '../../src/search/wasm/cost-model.ts'
import { KernelIndex } from '../../src/search/wasm/kernel-index.ts'
import type { SearchTuning } from '../../src/search/wasm/search-tuning.ts'
import type { Job } from './jobs.ts'
import { SET_NAMES } from './known-sets.ts'
import { measureEngine } from './measure.ts'
import { describeRow } from './results.ts'
import { readKnownSet } from './value-files.ts'

const { values: flags } = parseArgs({
  options: {
    set: { type: 'string', default: 'uniform' },
    n: { type: 'string', default: '1000000' },
    batches: { type: 'string', default: '1,64,1024,4096,16384' },
    radius: { type: 'string', default: '31' },
    orientations: { type: 'string', default: '1' },
    limit: { type: 'string', default: '64' },
    strategy: { type: 'string' },
    seconds: { type: 'string', default: '3' },
  },
})

const set = SET_NAMES.find((name) => name === flags.set)
if (!set) throw new Error(`--set is one of ${SET_NAMES.join(', ')}`)
const job: Job = {
  name: 'kernel',
  engine: 'multi-index',
  set,
  known: Number(flags.n),
  askings: flags.batches.split(',').map((batch) => ({
    batch: Number(batch),
    radius: Number(flags.radius),
    orientations: Number(flags.orientations),
    limit: Number(flags.limit),
  })),
  seconds: Number(flags.seconds),
}

const values = readKnownSet(set, job.known)
const started = performance.now()
const tuning: SearchTuning = {}
const index = KernelIndex.withTables(values, { tuning })
console.log(`build ${job.known}: ${((performance.now() - started) / 1000).toFixed(2)} s`)
const strategies = ['flat', ...TABLES_STRATEGIES] as const
tuning.strategy = strategies.find((strategy) => strategy === flags.strategy)
measureEngine(index, job, values, (row) =>
  console.log(`${describeRow(row)}; ${row.found} of ${row.planted} found`),
)
