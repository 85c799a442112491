// Which panels there are, and the newest of their values. Pure. Titles, units, reasons and limits are the dashboards' own.
import type { SeriesView } from '../../../contract/review.ts'
import { DASHBOARDS } from '../../../telemetry/panels/dashboards.ts'
import type { Panel } from '../../../telemetry/panels/panel.ts'
import { newest, type Line } from '../../charts/lines.ts'

const ALL: ReadonlyMap<string, Panel> = new Map(
  DASHBOARDS.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels.map((panel) => [panel.id, panel]))),
)

/** Undefined: a later server may have panels that this page doesn't know. */
export const panelOf = (id: string): Panel | undefined => ALL.get(id)

export const limitOf = (id: string): number | undefined => ALL.get(id)?.limit

const NONE: readonly Line[] = []
/** The lines of a panel; none if nothing is known of it. */
export const linesOf = (series: SeriesView | undefined, id: string): readonly Line[] =>
  series?.panels.find(({ panel }) => panel === id)?.lines ?? NONE

/** The greatest newest value of a panel's lines, of those whose name has `part` in it. */
export function worstOf(series: SeriesView | undefined, id: string, part = ''): number | undefined {
  const known = linesOf(series, id)
    .filter(({ name }) => name.includes(part))
    .map(newest)
    .filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

/** At each time the greatest value of these lines; null where none is known. */
export const worstLine = (lines: readonly Line[]): readonly (number | null)[] =>
  folded(lines, (a, b) => Math.max(a, b))

/** At each time the sum of these lines' known values; null where none is known. */
export const sumLine = (lines: readonly Line[]): readonly (number | null)[] => folded(lines, (a, b) => a + b)

function folded(lines: readonly Line[], fold: (a: number, b: number) => number): readonly (number | null)[] {
  const [first] = lines
  if (!first) return []
  return first.values.map((_, at) => {
    const known = lines.map(({ values }) => values[at] ?? null).filter((value) => value !== null)
    return known.length === 0 ? null : known.reduce(fold)
  })
}

interface Group {
  readonly title: string
  readonly panels: readonly Panel[]
}

/** The panels that the server has lines for, or could have, under the questions that they answer. */
export function groupsOf({ panels: sent }: SeriesView): readonly Group[] {
  const ids = new Set(sent.map(({ panel }) => panel))
  return DASHBOARDS.flatMap(({ rows }) => rows)
    .map(({ title, panels }) => ({ title, panels: panels.filter(({ id }) => ids.has(id)) }))
    .filter(({ panels }) => panels.length > 0)
}
