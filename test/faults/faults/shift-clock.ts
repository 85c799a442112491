import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../../fixtures/eventually.ts'
import { SESSION_TIMEOUT_MS, somewhere, type Fault } from '../fault.ts'

const HOUR_MS = 3_600_000
const SHIFT_FILE = 'clock-shift'

/** The matchers' wall clock goes hours ahead, or back, for longer than a session, and is set right again. */
export const shiftClock: Fault = {
  name: 'the clock shifted by hours and back',
  prepare: async ({ deployment }) => {
    const file = join(deployment.folder, SHIFT_FILE)
    writeFileSync(file, '0')
    const preload = new URL('../shifted-clock.ts', import.meta.url).href
    return { launch: { nodeArguments: ['--import', preload], environment: { SHIFTED_CLOCK_FILE: file } } }
  },
  strike: async ({ deployment, fleet, random }) => {
    const file = join(deployment.folder, SHIFT_FILE)
    const hours = Math.round(somewhere(random, 1, 48)) * (random() < 0.5 ? 1 : -1)
    const untilShiftedBy = (ms: number): Promise<void> =>
      eventually(async () => {
        const shifts = fleet.running.map(
          ({ pid }) => Number(readFileSync(`${file}-${pid}`, 'utf8')) - Date.now(),
        )
        return shifts.every((shift) => Math.abs(shift - ms) < HOUR_MS / 10)
      })
    writeFileSync(file, String(hours * HOUR_MS))
    await untilShiftedBy(hours * HOUR_MS)
    await sleep(somewhere(random, 1, 2) * SESSION_TIMEOUT_MS)
    // Matching goes on by a wrong clock, too.
    const ends = await deployment.log.offsets(deployment.settings.topics.reports)
    await deployment.untilCommitted(ends)
    writeFileSync(file, '0')
    await untilShiftedBy(0)
    await sleep(SESSION_TIMEOUT_MS)
    return `every matcher’s clock was ${hours} hours off, and then right`
  },
}
