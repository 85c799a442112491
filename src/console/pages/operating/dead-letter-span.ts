// For what time the counts of dead letters are known, in words. Pure.
import type { OperationsView } from '../../../contract/review.ts'
import { localTime } from '../../wording/times.ts'

type Counted = Pick<OperationsView, 'at' | 'deadLettersSince'>

const DAY_MS = 24 * 3_600_000
/** The service counts in steps of minutes: a whole day may begin this much later, in milliseconds. */
const STEP_MS = 5 * 60_000

const isWholeDay = ({ at, deadLettersSince }: Counted): boolean =>
  deadLettersSince !== undefined && Date.parse(at) - Date.parse(deadLettersSince) >= DAY_MS - STEP_MS

/** Stands beside the counts. */
export function spanText(view: Counted): string {
  if (isWholeDay(view)) return 'of the last 24 hours'
  const known =
    view.deadLettersSince === undefined ? 'not known now' : `known since ${localTime(view.deadLettersSince)}`
  return `of the last 24 hours, as far as is known: ${known}`
}

/** Instead of counts, where there are none. */
export function noneText(view: Counted): string {
  if (isWholeDay(view)) return '✓ None in the last 24 hours.'
  return view.deadLettersSince === undefined
    ? 'Not known now.'
    : `None since ${localTime(view.deadLettersSince)}. What was before is not known.`
}
