import { setTimeout as sleep } from 'node:timers/promises'
import { FaultMissed, SESSION_TIMEOUT_MS, somewhere, type Fault } from '../fault.ts'

/** For a moment, or until the group takes the matchers for dead; then what was on its way arrives. */
export const cutNetwork: Fault = {
  name: 'the network cut',
  throughGate: true,
  strike: async ({ deployment, gate, traffic, random }) => {
    const ms = Math.round(somewhere(random, 1_000, 2.5 * SESSION_TIMEOUT_MS))
    gate.shut()
    try {
      // What the broker had already got is done.
      await sleep(300)
      const committed = await deployment.committedRecords()
      const acknowledged = traffic.acknowledged.size
      await sleep(ms - 300)
      if ((await deployment.committedRecords()) !== committed)
        throw new FaultMissed('Something was committed through the closed gate')
      if (traffic.acknowledged.size === acknowledged) throw new FaultMissed('There was no traffic meanwhile')
    } finally {
      gate.reopen()
    }
    return `for ${ms} ms nothing was committed while reports came in`
  },
}
