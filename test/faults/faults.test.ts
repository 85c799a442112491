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

/** The first seed of a fault that takes few processes and threads: others are for the long form. */
function firstSmallSeed(fault: number): number {
  for (let seed = fault; ; seed += FAULTS.length) {
    const { matchers, threads } = planOf(seed)
    if (matchers <= 2 && threads <= 1) return seed
  }
}

test.concurrent.each(FAULTS.map(({ name }, index) => ({ name, seed: firstSmallSeed(index) })))(
  '$name: nothing is lost, no report has two hit ids, no zombie commits',
  // Of this, some is waiting for a site: vitest starts five at a time.
  { timeout: 900_000 },
  async ({ seed }) => {
    const logs = join(tmpdir(), `hashwarden-fault-${process.pid}-${seed}`)
    const plan = planOf(seed)
    const needsCluster = plan.fault.needsCluster === true
    const outcome = await brokers.lend(needsCluster, (site) => runFault(plan, site, logs))
    expect(outcome.problems).toEqual([])
    expect(outcome.mustHit).toBeGreaterThan(0)
    expect(outcome.struck).not.toBe('')
  },
)
