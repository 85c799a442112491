// A report as it was received.
import type { Report } from '../contract/report.ts'

/** A report and the time of its record in the log, in milliseconds since 1970. */
export interface ReceivedReport {
  readonly report: Report
  readonly receivedAtMs: number
}
