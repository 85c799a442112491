// Up to which time the changes of a source can have been read: by its clock and by ours, because either may be wrong.
import type { IncomingHttpHeaders } from 'node:http'
import { SourceError } from './source-error.ts'

/** Clocks that are further apart are not both right, in milliseconds. */
const MOST_APART_MS = 5 * 60_000
const MINUTE_MS = 60_000

/** The time that a range may end at, in milliseconds since 1970. */
export interface SafeTime {
  readonly nowMs: number
  /** Set if the two clocks don't agree. */
  readonly problem: SourceError | undefined
}

/**
 * The earlier of the two clocks. By the later one a checkpoint would pass over all that comes in between.
 * @throws SourceError
 */
export function safeTime({ date }: IncomingHttpHeaders, clock: () => number): SafeTime {
  const theirsMs = Date.parse(date ?? '')
  if (Number.isNaN(theirsMs))
    throw new SourceError('unexpected-answer', 'The server does not say what time it has.')
  const oursMs = clock()
  const apartMs = Math.abs(theirsMs - oursMs)
  const problem =
    apartMs > MOST_APART_MS
      ? new SourceError(
          'clock',
          `The clocks of the server and of this machine are ${Math.round(apartMs / MINUTE_MS)} minutes apart. Changes are read up to the earlier one: set the clock that is wrong.`,
        )
      : undefined
  return { nowMs: Math.min(theirsMs, oursMs), problem }
}

/** A checkpoint ahead of the time passes over all that comes until then. @throws SourceError */
export function checkNotAhead(checkpointMs: number, nowMs: number): void {
  if (checkpointMs <= nowMs + MOST_APART_MS) return
  throw new SourceError(
    'clock',
    'The checkpoint of this source lies ahead of the time, so nothing of it is read: the clock of the server or of this machine is wrong now, or was wrong when the checkpoint was written. Set the clock. If it is the checkpoint that is wrong, begin the source anew as deploy/lists.md says.',
  )
}
