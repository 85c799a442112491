// A matcher thread in which some reports are deadly, as a record could be that meets a fault of the engine: whatever
// touches them ends the thread. All else is the real thread.
import { ReportSieve } from '../../src/matcher/report-sieve.ts'

/** What a deadly report's id begins with. */
export const DEADLY = 'deadly-'

// Called as a method of the sieve that it belongs to.
// oxlint-disable-next-line typescript/unbound-method
const { sift } = ReportSieve.prototype
ReportSieve.prototype.sift = function sieveOrDie(...asked) {
  if (asked[1].some(({ report }) => report.reportId.startsWith(DEADLY))) process.exit(9)
  return sift.apply(this, asked)
}
await import('../../src/stream/threads/match-thread.ts')
