// Lines over time as numbers: which are drawn, what they say in words, and as a table. Pure. null is unknown: a gap, never 0.
import { amount, UNKNOWN } from '../wording/amounts.ts'
import type { PanelUnit } from '../../telemetry/panels/panel.ts'

export interface Line {
  readonly name: string
  /** One for each time; null: unknown. */
  readonly values: readonly (number | null)[]
}

/** Lines of one chart that can be told apart. */
export const MOST_LINES = 6
/** The step that is under way may have no value yet: then the one before is the newest. */
const NEWEST_OF = 2

/** The newest value; undefined if it is not known any more. */
export const newest = ({ values }: Line): number | undefined =>
  values
    .slice(-NEWEST_OF)
    .toReversed()
    .find((value) => value !== null) ?? undefined

/** The known values' lowest, highest and newest. Undefined: none is known. */
function extent(
  line: Line,
): { readonly lowest: number; readonly highest: number; readonly now: number | undefined } | undefined {
  const known = line.values.filter((value) => value !== null)
  if (known.length === 0) return undefined
  return { lowest: least(known), highest: most(known), now: newest(line) }
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b))
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b))

/**
 * The lines to draw, by name, and how many are left out: if there are too many, those that reach highest within the whole time.
 * The newest values would choose others at each look.
 */
export function drawnLines(lines: readonly Line[]): {
  readonly drawn: readonly Line[]
  readonly left: number
} {
  if (lines.length <= MOST_LINES) return { drawn: lines, left: 0 }
  const height = (line: Line): number => extent(line)?.highest ?? -1
  const drawn = lines
    .toSorted((a, b) => height(b) - height(a))
    .slice(0, MOST_LINES)
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  return { drawn, left: lines.length - drawn.length }
}

/** Values that stand alone between gaps: a line through one point can't be seen, so it gets a dot. */
export const alone = (values: readonly (number | null | undefined)[]): number[] =>
  values.flatMap((value, at) =>
    isKnown(value) && !isKnown(values[at - 1]) && !isKnown(values[at + 1]) ? [at] : [],
  )

const isKnown = (value: number | null | undefined): boolean => value !== null && value !== undefined

/** A limit is drawn once values come this near to it: else it would press them to the ground. */
const LIMIT_IN_SIGHT = 5

/** From 0 to somewhat above all values, and the limit if it is in sight. */
export function heightOf(lines: readonly Line[], limit?: number): number {
  const highest = most([0, ...lines.map((line) => extent(line)?.highest ?? 0)])
  const top = limit !== undefined && highest * LIMIT_IN_SIGHT >= limit ? Math.max(highest, limit) : highest
  return top === 0 ? 1 : top * 1.08
}

/** What a chart shows, for those who don't see it. */
export function linesSentence(lines: readonly Line[], unit: PanelUnit, range: string): string {
  if (lines.length === 0) return `Nothing is known for ${range}.`
  const { drawn, left } = drawnLines(lines)
  const said = drawn.map((line) => {
    const known = extent(line)
    if (!known) return `${line.name}: unknown`
    const { now, lowest, highest } = known
    return `${line.name}: now ${now === undefined ? 'unknown' : amount(now, unit)}, lowest ${amount(lowest, unit)}, highest ${amount(highest, unit)}`
  })
  const more = left === 0 ? '' : ` ${left} lower ${left === 1 ? 'line is' : 'lines are'} left out.`
  return `Over ${range}. ${said.join('; ')}.${more}`
}

interface TableRow {
  /** The end of the row's time, in seconds since 1970. */
  readonly at: number
  readonly values: readonly (number | null)[]
}

/** At most `most` rows, newest first: each has the highest value of its time. */
export function tableRows(
  times: readonly number[],
  lines: readonly Line[],
  mostRows: number,
): readonly TableRow[] {
  const size = Math.max(1, Math.ceil(times.length / mostRows))
  const rows: TableRow[] = []
  for (let end = times.length; end > 0; end -= size) {
    const from = Math.max(0, end - size)
    const values = lines.map((line) => {
      const known = line.values.slice(from, end).filter((value) => value !== null)
      return known.length === 0 ? null : most(known)
    })
    rows.push({ at: times[end - 1], values })
  }
  return rows
}

/** What each line was at a time, in words. */
export const valuesSentence = (lines: readonly Line[], at: number | undefined, unit: PanelUnit): string =>
  lines.map((line) => `${line.name} ${amount(valueAt(line, at), unit)}`).join(', ') || UNKNOWN

/** The value at a place of the times; without a place, the newest. */
export const valueAt = (line: Line, at: number | undefined): number | null | undefined =>
  at === undefined ? newest(line) : line.values[at]

/** The place of a time among evenly spaced ones; of one that has slid out of them, the first. Undefined without a time. */
export function placeIn(times: readonly number[], at: number | undefined): number | undefined {
  const first = times.at(0)
  const last = times.at(-1)
  if (at === undefined || first === undefined || last === undefined) return undefined
  const within = Math.max(first, Math.min(last, at))
  return last === first ? 0 : Math.round(((within - first) / (last - first)) * (times.length - 1))
}
