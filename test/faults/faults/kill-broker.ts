import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../../fixtures/eventually.ts'
import { FaultMissed, somewhere, type Fault } from '../fault.ts'

export const killBroker: Fault = {
  name: 'kill -9 and restart of the broker',
  strike: async ({ broker, fleet, random }) => {
    const { pid } = broker
    await broker.kill()
    await Promise.all(
      fleet.running.map(({ url }) => eventually(async () => (await fetch(`${url}/readyz`)).status === 503)),
    )
    await sleep(somewhere(random, 0, 2_000))
    await broker.restart()
    if (broker.pid === pid) throw new FaultMissed('The broker has the process id that it had')
    return 'another process id, and every matcher was not ready meanwhile'
  },
}
