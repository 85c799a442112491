// How the demonstration’s reports travel: one half as records, the other by HTTP through the gateway.
import type { Report } from '../../contract/report.ts'
import type { EventLog } from '../../log/event-log.ts'
import { submitReports } from '../../stream/topics/submit-reports.ts'
import type { DemoGateway } from './gateway-start.ts'

/** Resolves once all of the reports are in the log, or the signal aborts. */
export type Submit = (reports: readonly Report[], signal: AbortSignal) => Promise<void>

/** Every second report goes to the gateway, of the first one on. */
export const halfByGateway =
  (log: EventLog, topic: string, gateway: () => Pick<DemoGateway, 'send'> | undefined): Submit =>
  async (reports, signal) => {
    const started = gateway()
    if (!started) throw new Error('The gateway of the demonstration is not started')
    await Promise.all([
      started.send(
        reports.filter((_, index) => index % 2 === 0),
        signal,
      ),
      submitReports(
        log,
        topic,
        reports.filter((_, index) => index % 2 === 1),
      ),
    ])
  }
