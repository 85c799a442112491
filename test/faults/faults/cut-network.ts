import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../../fixtures/eventually.ts'
import type { Deployment } from '../../integration/deployment.ts'
import { FaultMissed, SESSION_TIMEOUT_MS, somewhere, type Fault } from '../fault.ts'

/** For a moment, or until the group takes the matchers for dead; then what was on its way arrives. */
export const cutNetwork: Fault = {
  name: 'the network cut',
  throughGate: true,
  strike: async ({ deployment, gate, traffic, random }) => {
    const ms = Math.round(somewhere(random, 1_000, 2.5 * SESSION_TIMEOUT_MS))
    gate.shut()
    try {
      const committed = await settledCommits(deployment)
      const acknowledged = traffic.acknowledged.size
      await sleep(ms)
      await eventually(async () => traffic.acknowledged.size > acknowledged).catch(() => {
        throw new FaultMissed('There was no traffic meanwhile')
      })
      if ((await deployment.committedRecords()) !== committed)
        throw new FaultMissed('Something was committed through the closed gate')
    } finally {
      gate.reopen()
    }
    return `for ${ms} ms nothing was committed while reports came in`
  },
}

/** Once the broker has done what it had already got: two looks see the same. */
async function settledCommits(deployment: Deployment): Promise<number> {
  for (let before = -1; ;) {
    const now = await deployment.committedRecords()
    if (now === before) return now
    before = now
    await sleep(300)
  }
}

/** Commits are on their way when the network is cut; they arrive when others have long matched on. */
export const lateCommits: Fault = {
  name: 'commits that arrive too late',
  throughGate: true,
  strike: async ({ deployment, fleet, gate, generation }) => {
    const { kafka, topics } = deployment.settings
    await gate.holdCommits()
    gate.shut()
    try {
      const before = await generation()
      await fleet.start(kafka.brokers)
      await deployment.untilCommitted(await deployment.log.offsets(topics.reports))
      const after = await generation()
      if (after <= before) throw new FaultMissed('The group did not move on')
      return `a commit was held until a successor had committed, and the group had gone from generation ${before} to ${after}`
    } finally {
      gate.reopen()
    }
  },
}
