import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../../fixtures/eventually.ts'
import { FaultMissed, somewhere, type Fault } from '../fault.ts'

export const killMatcher: Fault = {
  name: 'kill -9 of a matcher',
  strike: async ({ fleet, random, generation }) => {
    const before = await generation()
    const [victim] = fleet.running
    await fleet.kill(victim)
    const code = await victim.exitCode
    if (code !== null) throw new FaultMissed(`The matcher ended by itself, with exit code ${code}`)
    await sleep(somewhere(random, 0, 2_000))
    if (fleet.running.length === 0 || random() < 0.5) await fleet.start()
    await eventually(async () => (await generation()) > before)
    return 'a signal ended it, and the group’s generation moved on'
  },
}
