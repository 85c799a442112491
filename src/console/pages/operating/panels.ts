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
export function worstLine(lines: readonly Line[]): readonly (number | null)[] {
  const [first] = lines
  if (!first) return []
  return first.values.map((_, at) =>
    lines.reduce<number | null>((worst, { values }) => greater(worst, values[at] ?? null), null),
  )
}

const greater = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b)

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
