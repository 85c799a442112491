import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { eventually } from '../../fixtures/eventually.ts'
import { FaultMissed, SESSION_TIMEOUT_MS, somewhere, type Fault, type Scene } from '../fault.ts'

/** Members come and go: some that only take partitions away and do nothing, and one more matcher. */
export const rebalances: Fault = {
  name: 'forced rebalances',
  strike: async (scene) => {
    const { fleet, random, generation } = scene
    const before = await generation()
    const guests = 2 + Math.floor(random() * 4)
    const more = fleet.start()
    for (let guest = 0; guest < guests; guest++) await visit(scene, somewhere(random, 100, 700))
    const last = await more
    await eventually(async () => (await fetch(`${last.url}/readyz`)).status === 200)
    const code = await fleet.end(last)
    if (code !== 0) throw new FaultMissed(`The matcher that was asked to end did so with exit code ${code}`)
    // Each came. That it went may show only when the next one comes.
    await eventually(async () => (await generation()) > before + guests).catch(() => {
      throw new FaultMissed('The group did not notice all who came and went')
    })
    return `${guests} idle members and a matcher came and went: ${(await generation()) - before} generations`
  },
}

/** Joins the matchers' group, takes partitions, and leaves without having done anything. */
async function visit({ deployment }: Scene, ms: number): Promise<void> {
  const { kafka, match, topics } = deployment.settings
  const client = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING })
  const guest = client.consumer({
    groupId: match.group,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: 500,
  })
  const joined = new Promise((resolve) => guest.on(guest.events.GROUP_JOIN, resolve))
  await guest.connect()
  await guest.subscribe({ topics: [topics.reports], fromBeginning: true })
  await guest.run({ autoCommit: false, eachBatch: async () => {} })
  await joined
  await sleep(ms)
  await guest.disconnect()
}
