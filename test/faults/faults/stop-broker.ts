import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../../fixtures/eventually.ts'
import { FaultMissed, SESSION_TIMEOUT_MS, somewhere, type Fault } from '../fault.ts'
import { stopFor } from '../process-state.ts'

/** For a moment, or until it takes all members for dead when it goes on. */
export const stopBroker: Fault = {
  name: 'SIGSTOP of the broker',
  strike: async ({ broker, traffic, random }) => {
    const ms = Math.round(somewhere(random, 1_000, 2 * SESSION_TIMEOUT_MS))
    const stopped = stopFor(broker.pid, ms)
    // What was answered just before may still be on the way.
    await sleep(200)
    const before = traffic.acknowledged.size
    await sleep(ms - 400)
    const after = traffic.acknowledged.size
    await stopped
    if (after !== before) throw new FaultMissed('The broker took reports while it was stopped')
    await eventually(async () => traffic.acknowledged.size > after)
    return `in state T for ${ms} ms, and no report was acknowledged meanwhile`
  },
}
