// Loaded into a matcher and its threads before anything else (node --import): some reports are deadly, as a record could
// be that meets a fault of the engine. A matcher thread that touches one ends. All else is the real thing.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { ThreadPrefilter } from '../../src/matcher/thread-prefilter.ts'

/** The beginning of the id of a report that kills every thread that touches it. */
export const ALWAYS_DEADLY = 'deadly-always-'
/** Of one that kills once. */
export const ONCE_DEADLY = 'deadly-once-'

/** Where it is noted who has killed once. */
const folder = process.env['DEADLY_REPORTS_FOLDER']

const isDeadly = (reportId: string): boolean => {
  if (reportId.startsWith(ALWAYS_DEADLY)) return true
  if (!reportId.startsWith(ONCE_DEADLY) || folder === undefined) return false
  const note = join(folder, reportId)
  if (existsSync(note)) return false
  writeFileSync(note, '')
  return true
}

if (!isMainThread && folder !== undefined) {
  // Called as a method of the prefilter that it belongs to.
  // oxlint-disable-next-line typescript/unbound-method
  const { prefilter } = ThreadPrefilter.prototype
  ThreadPrefilter.prototype.prefilter = function prefilterOrDie(...asked) {
    if (asked[1].some(({ report }) => isDeadly(report.reportId))) process.exit(9)
    return prefilter.apply(this, asked)
  }
}
