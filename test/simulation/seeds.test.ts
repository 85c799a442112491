// The whole journey under hundreds of seeds. simulate.ts runs as many thousands as asked, and replays one: see "How the
// journey is simulated" in README.md beside this file.
import { expect, test } from 'vitest'
import { simulate, type Outcome } from './simulation.ts'
import { Totals } from './totals.ts'

const SEEDS = 300
/** Every 20th seed is run twice. */
const REPLAY_EVERY = 20

const told = ({ digest, steps, simulatedMs, failure }: Outcome): unknown => ({
  digest,
  steps,
  simulatedMs,
  failure,
})

test(
  `${SEEDS} seeds of the journey keep every promise, and replay exactly`,
  { timeout: 600_000 },
  async () => {
    const totals = new Totals()
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = await simulate(seed)
      if (outcome.failure !== undefined)
        expect.fail(`Seed ${seed}: ${outcome.failure}\nReplay it: npm run simulate -- --seed ${seed}`)
      if (seed % REPLAY_EVERY === 0) expect(told(await simulate(seed))).toEqual(told(outcome))
      totals.add(outcome)
    }
    // An event or a find that never came was not tried.
    expect(totals.neverSeen).toEqual([])
  },
)
