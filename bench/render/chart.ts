// Charts as SVG, by vega-lite.
import * as vega from 'vega'
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

/** The width of a letter in the fonts of pages, as a part of their size. */
const LETTER_WIDTH = 0.56

// Without a canvas vega takes letters for half as wide again as they are, leaves labels out and the legend half empty;
// with one, pictures would differ from machine to machine. It exports this to be replaced, but doesn't declare it
// (vega-scenegraph, src/util/text.js).
const { textMetrics } = vega as unknown as {
  textMetrics: { width: (item: { fontSize?: number }, text?: string | number) => number }
}
textMetrics.width = ({ fontSize = 11 }, text) => `${text ?? ''}`.length * fontSize * LETTER_WIDTH

/** The chart as SVG, the same bytes for the same specification. */
export async function drawChart(specification: TopLevelSpec): Promise<string> {
  // Ids in the picture are counted by process.
  vega.resetSVGDefIds()
  const { spec } = compile({ ...specification, config: CONFIG })
  const view = new vega.View(vega.parse(spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  return `${svg.replace(/(<svg[^>]*>)/, `$1${darkStyle()}`)}\n`
}
