// How many dead letters there were, by code, and since when that is known. Pure.
import { timestampOf } from '../../contract/primitives.ts'
import { REJECTION_CODES } from '../../contract/rejection.ts'
import type { OperationsView, SeriesView } from '../../contract/review.ts'

/** The line that is known, and 0, where it is known that there were none. */
const ALL = 'all'

/** Over the whole series; empty if nothing of them is known. */
export function deadLettersOf(series: SeriesView): Pick<OperationsView, 'deadLetters' | 'deadLettersSince'> {
  const lines = series.panels.find(({ panel }) => panel === 'dead-letters')?.lines ?? []
  if (lines.length === 0) return {}
  const counts = new Map(
    lines.map(({ name, values }) => [name, values.reduce((sum: number, value) => sum + (value ?? 0), 0)]),
  )
  const deadLetters = REJECTION_CODES.flatMap((code) => {
    const count = Math.round(counts.get(code) ?? 0)
    return count > 0 ? [{ code, count }] : []
  })
  const since = knownSince(series, lines.find(({ name }) => name === ALL)?.values ?? [])
  return { deadLetters, ...(since === undefined ? {} : { deadLettersSince: since }) }
}

/** Undefined: now they are not known. */
function knownSince(
  { at, times, stepSeconds }: SeriesView,
  values: readonly (number | null)[],
): string | undefined {
  // The last step has just begun: it may have no sample yet.
  const whole = values.slice(0, -1)
  const gap = whole.lastIndexOf(null)
  if (gap === -1) return values.length === 0 ? undefined : timestampOf(times[0] * 1_000)
  if (gap === whole.length - 1) return values.at(-1) === null ? undefined : at
  // Samples began at any time within the step after the gap.
  return timestampOf((times[gap + 1] + stepSeconds) * 1_000)
}
