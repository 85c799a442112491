// The platform's side of the topic reports.
import type { Report } from '../../contract/report.ts'
import type { EventLog } from '../../log/event-log.ts'

/** Submits reports, keyed as the contract says; resolves once the log has them. */
export async function submitReports(log: EventLog, topic: string, reports: readonly Report[]): Promise<void> {
  if (reports.length === 0) return
  await log.produce(
    topic,
    reports.map((report) => ({ key: report.reportId, value: JSON.stringify(report) })),
  )
}
