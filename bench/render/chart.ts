import { parse, resetSVGDefIds, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'

/** Ink and paper, by light and by dark; `lines` tell series apart on both. */
export const COLOURS = {
  ink: { light: '#1f2328', dark: '#e6edf3' },
  faint: { light: '#d8dee4', dark: '#30363d' },
  paper: { light: '#ffffff', dark: '#0d1117' },
} as const

const CONFIG = {
  background: COLOURS.paper.light,
  font: 'system-ui, -apple-system, "Segoe UI", sans-serif',
  padding: 16,
  view: { stroke: COLOURS.faint.light },
  axis: {
    labelColor: COLOURS.ink.light,
    titleColor: COLOURS.ink.light,
    labelFontSize: 12,
    titleFontSize: 13,
    titleFontWeight: 'normal',
    gridColor: COLOURS.faint.light,
    tickColor: COLOURS.faint.light,
    domainColor: COLOURS.faint.light,
    titlePadding: 10,
  },
  legend: {
    labelColor: COLOURS.ink.light,
    labelFontSize: 12,
    labelLimit: 400,
    symbolSize: 90,
    rowPadding: 6,
  },
  title: {
    color: COLOURS.ink.light,
    subtitleColor: COLOURS.ink.light,
    anchor: 'start',
    fontSize: 15,
    subtitleFontSize: 12,
    offset: 12,
  },
} as const

/** In a dark page the colours are turned: a rule of style overrules the attributes that vega writes. */
function darkStyle(): string {
  const rules = Object.values(COLOURS).flatMap(({ light, dark }) =>
    (['fill', 'stroke'] as const).map((what) => `[${what}="${light}"]{${what}:${dark}}`),
  )
  return `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`
}

/** The chart as SVG, the same bytes for the same specification. */
export async function drawChart(specification: TopLevelSpec): Promise<string> {
  // Ids in the picture are counted by process.
  resetSVGDefIds()
  const { spec } = compile({ ...specification, config: CONFIG })
  const view = new View(parse(spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  return `${svg.replace(/(<svg[^>]*>)/, `$1${darkStyle()}`)}\n`
}
