// Whether the picture and its charts are of this moment. Pure.
import type { OperationsView, SeriesView } from '../../../contract/review.ts'
import { duration } from '../../wording/amounts.ts'

/** A picture that is older than this, in seconds, is not the present. */
const STALE_AFTER_SECONDS = 15
/** Charts are read anew within this many of their steps. */
const STEPS_BETWEEN = 3

/** How old the picture is, in seconds, if it is too old to be taken for the present. */
export const staleSeconds = ({ at }: OperationsView, nowMs: number): number | undefined =>
  olderThan(at, STALE_AFTER_SECONDS, nowMs)

/** The same of the charts. */
export const staleSeriesSeconds = ({ at, stepSeconds }: SeriesView, nowMs: number): number | undefined =>
  olderThan(at, STEPS_BETWEEN * stepSeconds + STALE_AFTER_SECONDS, nowMs)

interface Stale {
  readonly fact: string
  readonly meaning: string
  /** Not the charts alone. */
  readonly isWhole: boolean
}

/** What a person has to know of it before reading on; undefined: all is of this moment. */
export function staleText(
  view: OperationsView,
  series: SeriesView | undefined,
  nowMs: number,
): Stale | undefined {
  const seconds = staleSeconds(view, nowMs)
  if (seconds !== undefined)
    return {
      fact: `This picture is ${duration(seconds)} old.`,
      isWhole: true,
      meaning: 'What it shows may have changed since.',
    }
  const charts = series && staleSeriesSeconds(series, nowMs)
  return charts === undefined
    ? undefined
    : {
        fact: `The charts are ${duration(charts)} old.`,
        isWhole: false,
        meaning: 'Without them it is not known that all is well.',
      }
}

function olderThan(at: string, limit: number, nowMs: number): number | undefined {
  const seconds = (nowMs - Date.parse(at)) / 1_000
  return seconds > limit ? seconds : undefined
}
