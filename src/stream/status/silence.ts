// When a process that has said nothing counts as silent: it is gone, frozen, or cut off.
import type { Status } from '../../contract/status.ts'

/** Milliseconds. */
const SILENT_AFTER_MS = 10_000
/** The same, as a multiple of the interval at which it says something: the greater of both counts. */
const SILENT_AFTER_INTERVALS = 5

/** Milliseconds after its latest status. */
export const silentAfterMs = ({ everyMs }: Pick<Status, 'everyMs'>): number =>
  Math.max(SILENT_AFTER_MS, SILENT_AFTER_INTERVALS * everyMs)
