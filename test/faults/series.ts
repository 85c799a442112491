// The long form: npm run faults -- --runs 200 [--side-by-side 2] [--seed 57 --fault NAME]
// Runs the seeds from 1 to --runs that bench/results/faults.json hasn't got yet, and adds each as soon as it is done: a
// series that was stopped goes on. --seed runs one again and adds nothing; --fault as well, if faults have come since.
import { readFileSync, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeResult } from '../../bench/machine.ts'
import type { KeptRun } from '../../bench/render/faults.ts'
import { BrokerPool } from './broker-pool.ts'
import { runFault } from './fault-run.ts'
import { FAULTS } from './faults/index.ts'
import { planOf } from './plan.ts'
import { commitOfSources } from './sources-commit.ts'

const ROOT = new URL('../../', import.meta.url)
const RESULT = new URL('bench/results/faults.json', ROOT)
const WHAT =
  'Real matcher processes on a real broker, each run with one fault under traffic; then every report held against all known hashes by brute force'

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    'side-by-side': { type: 'string', default: '2' },
    seed: { type: 'string' },
    fault: { type: 'string' },
  },
})
const commit = commitOfSources()
const sideBySide = Number(flags['side-by-side'])
await using brokers = new BrokerPool(sideBySide)

if (flags.seed === undefined) await runSeries(Number(flags.runs))
else console.log(await runSeed(Number(flags.seed)))

async function runSeries(runs: number): Promise<void> {
  const kept = readKept()
  const done = new Set(kept.map(({ seed }) => seed))
  const seeds = Array.from({ length: runs }, (_, n) => n + 1).filter((seed) => !done.has(seed))
  const takeTurns = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const run = await runSeed(seed)
      kept.push(run)
      writeResult('faults', { what: WHAT, runs: kept.toSorted((a, b) => a.seed - b.seed) })
      console.log(`${run.seed}  ${run.fault}: ${run.verdict} (${run.seconds ?? '–'} s; ${run.struck ?? '–'})`)
      if (run.verdict !== 'as promised') process.exitCode = 1
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, takeTurns))
}

async function runSeed(seed: number): Promise<KeptRun> {
  const plan = planOf(
    seed,
    FAULTS.find(({ name }) => name === flags.fault),
  )
  const { fault, matchers, threads, partitions } = plan
  const about = { seed, fault: fault.name, commit, matchers, threads, partitions }
  const logs = fileURLToPath(new URL(`.cache/faults/${seed}`, ROOT))
  try {
    const { problems, ...outcome } = await brokers.lend(fault.needsCluster === true, (site) =>
      runFault(plan, site, logs),
    )
    return { ...about, ...outcome, verdict: problems.join('; ') || 'as promised' }
  } catch (error) {
    return { ...about, verdict: error instanceof Error ? error.message : String(error) }
  }
}

function readKept(): KeptRun[] {
  if (!existsSync(RESULT)) return []
  // Written by this program.
  return (JSON.parse(readFileSync(RESULT, 'utf8')) as { runs: KeptRun[] }).runs
}
