import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../fixtures/eventually.ts'
import { ALWAYS_DEADLY, ONCE_DEADLY } from '../deadly-reports.ts'
import { FaultMissed, type Fault } from '../fault.ts'

const ALWAYS = `${ALWAYS_DEADLY}1`
const ONCE = `${ONCE_DEADLY}1`
/** This many deaths near one offset condemn the record that is in work then. */
const DEATHS = 3

const folderOf = (folder: string): string => join(folder, 'deadly')

/** Reports that kill the thread that touches them: one once, and one again and again, which must become a dead letter. */
export const killThread: Fault = {
  name: 'a matcher thread that dies',
  leastThreads: 1,
  prepare: async ({ deployment }) => {
    const folder = folderOf(deployment.folder)
    mkdirSync(folder)
    const preload = new URL('../deadly-reports.ts', import.meta.url).href
    return {
      launch: { nodeArguments: ['--import', preload], environment: { DEADLY_REPORTS_FOLDER: folder } },
      killers: new Set([ALWAYS]),
    }
  },
  strike: async ({ deployment, fleet, traffic }) => {
    for (const reportId of [ONCE, ALWAYS]) await traffic.submit([traffic.nearReport(reportId)])
    const deaths = (): Promise<number> => fleet.sum('hashwarden_thread_deaths_total')
    await eventually(async () => (await deaths()) >= DEATHS).catch(async () => {
      throw new FaultMissed(`Only ${await deaths()} threads died`)
    })
    await eventually(async () => existsSync(join(folderOf(deployment.folder), ONCE)))
    return `${await deaths()} threads died`
  },
}
