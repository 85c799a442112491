import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { afterAll, expect, test } from 'vitest'
import { BrokerPool } from './broker-pool.ts'
import { runFault } from './fault-run.ts'
import { FAULTS } from './faults/index.ts'
import { planOf } from './plan.ts'

// One run of each fault; `npm run faults -- --runs N` does as many as one likes. Two at a time: mostly they wait.
const brokers = new BrokerPool(2)
afterAll(() => brokers[Symbol.asyncDispose]())

test.concurrent.each(FAULTS.map(({ name }, seed) => ({ name, seed })))(
  '$name: nothing is lost, no report has two hit ids, no zombie commits',
  { timeout: 300_000 },
  async ({ seed }) => {
    const logs = join(tmpdir(), `hashwarden-fault-${process.pid}-${seed}`)
    const outcome = await brokers.lend((gated) => runFault(planOf(seed), gated, logs))
    expect(outcome.problems).toEqual([])
    expect(outcome.mustHit).toBeGreaterThan(0)
    expect(outcome.struck).not.toBe('')
  },
)
