// The search benchmark: node bench/search/run.ts [--quick] [--peers | --no-peers] [--largest N] [--only NAME,…] [--fresh]
// Without options it measures everything, ours and the peers, and writes bench/results. A run that was stopped goes on
// with the next job (--fresh begins anew); --only names the jobs to run now, by a part of their names.
import { parseArgs } from 'node:util'
import { againstPeers } from '../render/search-tables.ts'
import { runSearchBenchmark } from './benchmark.ts'

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    quick: { type: 'boolean', default: false },
    peers: { type: 'boolean' },
    largest: { type: 'string' },
    only: { type: 'string' },
    fresh: { type: 'boolean', default: false },
  },
})

const result = await runSearchBenchmark({
  quick: flags.quick,
  fresh: flags.fresh,
  ...(flags.peers === undefined ? {} : { peers: flags.peers }),
  ...(flags.largest === undefined ? {} : { largest: Number(flags.largest) }),
  ...(flags.only === undefined ? {} : { only: flags.only.split(',') }),
  say: (line) => console.log(line),
})
console.log(`\n${againstPeers(result)}`)
