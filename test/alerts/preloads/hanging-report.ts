// Loaded into a matcher and its threads before anything else (node --import): one report makes the thread hang that meets it
// first. All else is the real thing.
import { existsSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { ThreadPrefilter } from '../../../src/matcher/thread-prefilter.ts'

/** The id of that report. */
export const HANGING_REPORT = 'hangs-once'
/** A file that notes that it has. */
const note = process.env['HANGING_REPORT_NOTE']

if (!isMainThread && note !== undefined) {
  // Called as a method of the prefilter that it belongs to.
  // oxlint-disable-next-line typescript/unbound-method
  const { prefilter } = ThreadPrefilter.prototype
  ThreadPrefilter.prototype.prefilter = function prefilterOrHang(...asked) {
    if (asked[1].some(({ report }) => report.reportId === HANGING_REPORT) && !existsSync(note)) {
      writeFileSync(note, '')
      for (;;);
    }
    return prefilter.apply(this, asked)
  }
}
