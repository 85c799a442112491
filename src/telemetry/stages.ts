// Where the time of matching goes, by name: metrics and statuses both count it.

/**
 * Stages of a slice or batch: bytes to reports; search (in a matcher thread the prefilter on the shared set, without matcher
 * threads the whole match); the wait for the final match by the main thread (with matcher threads only); hits acknowledged by
 * the log; offset committed.
 */
export const STAGES = ['decode', 'search', 'confirm', 'acknowledge', 'commit'] as const
