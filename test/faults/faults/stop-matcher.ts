import { eventually } from '../../fixtures/eventually.ts'
import { FaultMissed, SESSION_TIMEOUT_MS, somewhere, type Fault } from '../fault.ts'
import { stopFor } from '../process-state.ts'

/** It lives on as a zombie: what it had in work must not be committed, and makes no second hit id. */
export const stopMatcher: Fault = {
  name: 'SIGSTOP of a matcher',
  strike: async ({ fleet, random, generation }) => {
    const before = await generation()
    const [{ pid }] = fleet.running
    const ms = Math.round(SESSION_TIMEOUT_MS + somewhere(random, 1_500, 4_000))
    await stopFor(pid, ms)
    // A group that was still forming writes its next generation only once the others have joined.
    await eventually(async () => (await generation()) > before).catch(() => {
      throw new FaultMissed('The group did not notice that a member was stopped')
    })
    return `in state T for ${ms} ms, and the group went from generation ${before} to ${await generation()}`
  },
}
