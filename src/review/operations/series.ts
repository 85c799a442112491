// Samples as the lines of the page: evenly spaced steps, each with the samples within it as one.
import { timestampOf } from '../../contract/primitives.ts'
import type { SeriesLine, SeriesPanel, SeriesRange, SeriesView } from '../../contract/review.ts'
import {
  foldSamples,
  MOST_LINES,
  PANEL_FOLDS,
  PANEL_IDS,
  quantileOf,
  type PanelId,
  type Sample,
} from './sample.ts'
import type { ReadSamples } from './sample-store.ts'

interface Range {
  readonly seconds: number
  /** Longer than the time between two samples: one that comes late leaves no gap. */
  readonly stepSeconds: number
  readonly byMinute: boolean
}

/** At most 360 steps each. */
export const RANGES: Readonly<Record<SeriesRange, Range>> = {
  '15m': { seconds: 900, stepSeconds: 10, byMinute: false },
  '1h': { seconds: 3_600, stepSeconds: 10, byMinute: false },
  '6h': { seconds: 21_600, stepSeconds: 60, byMinute: true },
  '24h': { seconds: 86_400, stepSeconds: 240, byMinute: true },
}
const QUANTILES = { median: 0.5, '99th percentile': 0.99 }
/** More digits than these no chart shows. */
const DIGITS = 6

export function seriesView(range: SeriesRange, { now, samples }: ReadSamples): SeriesView {
  const { seconds, stepSeconds } = RANGES[range]
  const last = Math.floor(now / stepSeconds) * stepSeconds
  const times = Array.from(
    { length: seconds / stepSeconds },
    (_, step) => last - seconds + (step + 1) * stepSeconds,
  )
  const bySteps = Map.groupBy(samples, ({ at }) => Math.floor(at / stepSeconds) * stepSeconds)
  const steps = times.map((time) => {
    const some = bySteps.get(time)
    return some && foldSamples(some.map(({ sample }) => sample))
  })
  const panels = PANEL_IDS.map((id): SeriesPanel => ({
    panel: id,
    lines: PANEL_FOLDS[id] === 'times' ? quantileLines(id, steps) : valueLines(id, steps),
  }))
  return { at: timestampOf(now * 1000), range, stepSeconds, times, panels }
}

type Steps = readonly (Sample | undefined)[]

function valueLines(id: PanelId, steps: Steps): SeriesLine[] {
  const fold = PANEL_FOLDS[id]
  const ofSteps = steps.map((step) => step?.values[id])
  const names = new Set(ofSteps.flatMap((lines) => Object.keys(lines ?? {})))
  const lines = [...names].map((name) => ({
    name,
    values: ofSteps.map((known) =>
      // Of events only those codes are in a sample that there were.
      shortened(known?.[name] ?? (known && fold === 'sum' ? 0 : null)),
    ),
  }))
  return lines
    .toSorted((a, b) => worstOf(b, fold) - worstOf(a, fold))
    .slice(0, MOST_LINES)
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

function worstOf({ values }: SeriesLine, fold: (typeof PANEL_FOLDS)[PanelId]): number {
  const known = values.filter((value) => value !== null)
  return fold === 'worst-low'
    ? -known.reduce((a, b) => Math.min(a, b), Infinity)
    : known.reduce((a, b) => Math.max(a, b), -Infinity)
}

function quantileLines(id: PanelId, steps: Steps): SeriesLine[] {
  const histograms = steps.map((step) => step?.times[id])
  if (histograms.every((histogram) => histogram === undefined)) return []
  return Object.entries(QUANTILES).map(([name, share]) => ({
    name,
    values: histograms.map((histogram) => shortened((histogram && quantileOf(histogram, share)) ?? null)),
  }))
}

const shortened = (value: number | null): number | null =>
  value === null ? null : Number(value.toPrecision(DIGITS))
