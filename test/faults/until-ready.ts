import { eventually } from '../fixtures/eventually.ts'
import type { Fleet } from './fleet.ts'

/** Resolves once every matcher that runs says that it is ready. */
export const untilReady = (fleet: Pick<Fleet, 'running'>, withinMs?: number): Promise<void> =>
  eventually(async () => {
    const answers = await Promise.all(fleet.running.map(({ url }) => fetch(`${url}/readyz`)))
    return answers.every(({ status }) => status === 200)
  }, withinMs)
