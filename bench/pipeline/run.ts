// The pipeline benchmark: node bench/pipeline/run.ts [--quick] [--no-peers] [--only NAME,…] [--fresh]
// Without options it measures everything and writes bench/results/pipeline.json. A run that was stopped goes on with
// the next job (--fresh begins anew); --only names the jobs to run now, by a part of their names.
import { parseArgs } from 'node:util'
import { runPipelineBenchmark } from './benchmark.ts'

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    quick: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: true },
    only: { type: 'string' },
    fresh: { type: 'boolean', default: false },
  },
})

await runPipelineBenchmark({
  quick: flags.quick,
  peers: flags.peers,
  fresh: flags.fresh,
  only: flags.only?.split(','),
  say: (line) => console.log(line),
})
