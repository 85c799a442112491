import { setTimeout as sleep } from 'node:timers/promises'
import { FaultMissed, somewhere, type Fault } from '../fault.ts'

/** Other members match published, uncommitted reports again, which must make the same hits. */
export const killBeforeCommit: Fault = {
  name: 'kill -9 between hits and their commit',
  throughGate: true,
  strike: async ({ deployment, fleet, gate, random }) => {
    const doomed = fleet.running
    // A matcher commits a batch once its hits are acknowledged.
    await gate.holdCommits()
    const committed = await deployment.committedRecords()
    await sleep(somewhere(random, 200, 1_000))
    const moved = (await deployment.committedRecords()) - committed
    await Promise.all(doomed.map((matcher) => fleet.kill(matcher)))
    gate.reopen()
    await Promise.all(doomed.map(() => fleet.start()))
    if (moved !== 0) throw new FaultMissed(`${moved} records were committed at the closed gate`)
    return `every matcher (${doomed.length}) was killed while a commit was on its way`
  },
}
