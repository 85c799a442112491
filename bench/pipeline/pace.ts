// How fast a consumer group goes. One definition for all, ours and others: a report is done when its offset has been
// committed; timed from a moment at which the group is in full swing.
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog } from '../../src/log/event-log.ts'
import type { Pace } from './jobs.ts'
import { cpuSeconds } from './process-figures.ts'

const POLL_MS = 20
/** The group is in full swing once this number of records is committed. */
const RUN_UP = 24_000
/** The last reports of a topic aren't timed: members that have nothing left to do would slow the others' figure. */
const TIMED_SHARE = 0.95
const LONGEST_MS = 10 * 60_000

export interface PaceOptions {
  readonly log: EventLog
  readonly group: string
  readonly topic: string
  /** Reports in the topic. */
  readonly reports: number
  readonly seconds: number
  /** The processes whose processor time is measured, by name. */
  readonly pids: Readonly<Record<string, readonly number[]>>
  readonly runUp?: number
}

export async function measurePace(options: PaceOptions): Promise<Pace> {
  const { log, group, topic, reports, seconds, pids, runUp = Math.min(RUN_UP, reports / 10) } = options
  const look = async () => {
    const committed = (await log.committed(group, topic)).reduce((sum, { offset }) => sum + offset, 0)
    return { committed, atMs: performance.now() }
  }
  const cpuOf = (): Readonly<Record<string, number>> =>
    Object.fromEntries(
      Object.entries(pids).map(([name, own]) => [name, own.reduce((sum, pid) => sum + cpuSeconds(pid), 0)]),
    )
  const deadline = performance.now() + LONGEST_MS
  const untilCommitted = async (isEnough: (at: { committed: number; atMs: number }) => boolean) => {
    for (;;) {
      const at = await look()
      if (isEnough(at)) return at
      if (at.atMs > deadline)
        throw new Error(
          `The group ${group} has committed ${at.committed} of ${reports} reports, and is not done.`,
        )
      await sleep(POLL_MS)
    }
  }
  const begun = await untilCommitted(({ committed }) => committed >= runUp)
  // From one commit to another: between them nothing is known.
  const from = await untilCommitted(({ committed }) => committed > begun.committed)
  const cpuBefore = cpuOf()
  const most = reports * TIMED_SHARE
  const late = await untilCommitted(
    ({ committed, atMs }) => committed >= most || atMs - from.atMs >= seconds * 1000,
  )
  const to =
    late.committed >= most ? late : await untilCommitted(({ committed }) => committed > late.committed)
  const cpuAfter = cpuOf()
  const done = to.committed - from.committed
  const took = (to.atMs - from.atMs) / 1000
  if (done <= 0)
    throw new Error(`The group ${group} was done before it could be timed: more reports are needed.`)
  return {
    reports: done,
    seconds: digits(took),
    perSecond: Math.round(done / took),
    micros: digits((took / done) * 1e6),
    cpuMicros: Object.fromEntries(
      Object.entries(cpuAfter).map(([name, cpu]) => [name, digits(((cpu - cpuBefore[name]) / done) * 1e6)]),
    ),
  }
}

/** A figure with as many digits as say something. */
export const digits = (figure: number, count = 4): number => Number(figure.toPrecision(count))
