// A sample of the whole deployment: the values of the operations page's lines over a few seconds, and how samples of a longer
// time become one. A value that is not known is not in it.
import type { Histogram } from '../../contract/status.ts'

/**
 * How values of one line become one. `worst-high` and `worst-low` keep the spike that a mean would hide; `mean` is for rates,
 * `sum` for events, and `times` adds up histograms.
 */
type Fold = 'worst-high' | 'worst-low' | 'mean' | 'sum' | 'times'

/** The panels of src/telemetry/panels that the operations page has lines for, in its order. */
export const PANEL_FOLDS = {
  ready: 'worst-low',
  reports: 'mean',
  'lag-records': 'worst-high',
  'lag-seconds': 'worst-high',
  'partition-lag': 'worst-high',
  'canary-age': 'worst-high',
  'canaries-missed': 'sum',
  'dead-letters': 'sum',
  'canary-seconds': 'times',
  'report-to-hit': 'times',
  hits: 'mean',
  stages: 'mean',
  memory: 'worst-high',
  'thread-deaths': 'sum',
  entries: 'worst-low',
  behind: 'worst-high',
  changes: 'mean',
  'retro-behind': 'worst-high',
  'retro-waiting': 'worst-high',
  'retro-reports': 'mean',
  'open-cases': 'worst-high',
  'oldest-case': 'worst-high',
  'intake-lag': 'worst-high',
  'outbox-records': 'worst-high',
  'outbox-age': 'worst-high',
} as const satisfies Readonly<Record<string, Fold>>
export type PanelId = keyof typeof PANEL_FOLDS
export const PANEL_IDS: readonly PanelId[] = Object.keys(PANEL_FOLDS).filter((id) => isPanelId(id))

function isPanelId(id: string): id is PanelId {
  return Object.hasOwn(PANEL_FOLDS, id)
}

/** Values by the names of lines. */
export type Lines = Readonly<Record<string, number>>

/** At most this many lines of a panel: the worst ones. Samples and series stay small, however large the fleet. */
export const MOST_LINES = 24

export interface Sample {
  readonly values: Readonly<Partial<Record<PanelId, Lines>>>
  /** Observations within the sample. */
  readonly times: Readonly<Partial<Record<PanelId, Histogram>>>
}

/** Samples that follow each other as one. */
export function foldSamples(samples: readonly Sample[]): Sample {
  const values: Partial<Record<PanelId, Lines>> = {}
  const times: Partial<Record<PanelId, Histogram>> = {}
  for (const id of PANEL_IDS) {
    const histogram = samples
      .map((sample) => sample.times[id])
      .filter((one) => one !== undefined)
      .reduce(addHistograms, undefined)
    if (histogram) times[id] = histogram
    const lines = samples.map((sample) => sample.values[id]).filter((one) => one !== undefined)
    if (lines.length > 0) values[id] = foldLines(lines, PANEL_FOLDS[id])
  }
  return { values, times }
}

function foldLines(samples: readonly Lines[], fold: Fold): Lines {
  const known = new Map<string, number[]>()
  for (const lines of samples)
    for (const [name, value] of Object.entries(lines)) {
      const before = known.get(name)
      if (before) before.push(value)
      else known.set(name, [value])
    }
  const folded = [...known].map(([name, some]) => [name, foldNumbers(some, fold)] as const)
  // Over a minute and longer more lines come together than one sample has.
  return Object.fromEntries(worstLines(folded, fold))
}

/** The first of them are the worst by this fold. */
const worstLines = (
  lines: readonly (readonly [name: string, value: number])[],
  fold: Fold,
): readonly (readonly [name: string, value: number])[] =>
  lines.length <= MOST_LINES
    ? lines
    : lines.toSorted(([, a], [, b]) => (fold === 'worst-low' ? a - b : b - a)).slice(0, MOST_LINES)

function foldNumbers(numbers: readonly number[], fold: Fold): number {
  if (fold === 'worst-high') return numbers.reduce((a, b) => Math.max(a, b))
  if (fold === 'worst-low') return numbers.reduce((a, b) => Math.min(a, b))
  const sum = numbers.reduce((a, b) => a + b, 0)
  return fold === 'mean' ? sum / numbers.length : sum
}

/** Of histograms with other bounds, as of another version, the first one stands: they can't be added up. */
export function addHistograms(a: Histogram | undefined, b: Histogram): Histogram {
  if (!a || !haveSameBounds(a, b)) return a ?? b
  return { bounds: a.bounds, counts: a.counts.map((count, at) => count + b.counts[at]) }
}

export const haveSameBounds = (a: Histogram, b: Histogram): boolean =>
  a.counts.length === b.counts.length && a.bounds.every((bound, at) => bound === b.bounds[at])

/**
 * The value that this share of the observations does not exceed, in seconds; undefined if there are none. Within a bucket they
 * count as evenly spread, as Prometheus's `histogram_quantile` takes them; above the last bound, as that bound.
 */
export function quantileOf({ bounds, counts }: Histogram, share: number): number | undefined {
  const all = counts.at(-1) ?? 0
  if (all === 0) return undefined
  const rank = share * all
  const at = counts.findIndex((count) => count >= rank)
  const upper = bounds.at(at)
  if (at >= bounds.length || upper === undefined) return bounds.at(-1)
  const [lower, below] = at === 0 ? [0, 0] : [bounds[at - 1], counts[at - 1]]
  return lower + ((upper - lower) * (rank - below)) / (counts[at] - below)
}
