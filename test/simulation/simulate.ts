// npm run simulate -- --seeds N [--from SEED]  runs N seeds, and prints each that fails
// npm run simulate -- --seed SEED              replays one, with all that happens in it
// npm run simulate -- --seeds N --record       goes on behind the seeds that bench/results/simulation.json has
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { recorded, record } from './record.ts'
import { simulate } from './simulation.ts'
import { Totals, type Counted } from './totals.ts'

/** The end of a failing seed's trace is printed at once; all of it by --seed. */
const TRACE_LINES = 150
/** A process of its own runs this number: the memory of WebAssembly is given back when it ends. */
const SEEDS_A_PROCESS = 1_000

async function replay(seed: number): Promise<void> {
  const outcome = await simulate(seed, { tell: (line) => console.log(line) })
  console.log(outcome)
  if (outcome.failure !== undefined) process.exitCode = 1
}

async function tellFailure(seed: number, failure: string): Promise<void> {
  const lines: string[] = []
  await simulate(seed, { tell: (line) => lines.push(line) })
  console.log(`Seed ${seed}: ${failure}\n${lines.slice(-TRACE_LINES).join('\n')}`)
  console.log(`All of it: npm run simulate -- --seed ${seed}\n`)
}

async function run(from: number, seeds: number): Promise<Counted> {
  const totals = new Totals()
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await simulate(seed)
    totals.add(outcome)
    if (outcome.failure !== undefined) await tellFailure(seed, outcome.failure)
  }
  return totals.counted
}

/** Runs them in processes of their own, a thousand at a time. */
async function runInProcesses(
  from: number,
  seeds: number,
  onDone: (some: Counted) => Promise<void> | void,
): Promise<void> {
  for (let next = from; next < from + seeds; next += SEEDS_A_PROCESS) {
    const count = Math.min(SEEDS_A_PROCESS, from + seeds - next)
    const child = fork(import.meta.filename, [`--from=${next}`, `--seeds=${count}`])
    // What `run` gives in the child.
    const [counted] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [
      Counted | number,
    ]
    if (typeof counted === 'number') throw new Error(`The process of the seeds from ${next} on has ended.`)
    await onDone(counted)
    console.log(`${next + count - from} seeds, up to ${next + count - 1}`)
  }
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
  },
})
const seeds = Number(values.seeds)
if (values.seed !== undefined) await replay(Number(values.seed))
else if (process.send) process.send(await run(Number(values.from), seeds))
else if (values.record) await runInProcesses(recorded().seeds + 1, seeds, record)
else {
  const failed: number[] = []
  await runInProcesses(Number(values.from), seeds, (some) => void failed.push(...some.failed))
  console.log(failed.length === 0 ? 'All have kept every promise.' : `Failed: ${failed.join(', ')}`)
  if (failed.length > 0) process.exitCode = 1
}
