// Charts of the search benchmark.
import type { TopLevelSpec } from 'vega-lite'
import type { BenchmarkResult } from '../search/benchmark.ts'
import type { EngineName } from '../search/jobs.ts'
import { COLOURS, drawChart } from './chart.ts'
import { curve, exponent, pick } from './search-rows.ts'

interface Series {
  readonly name: string
  readonly engine: EngineName
  readonly batch?: number
  readonly colour: string
  readonly shape: string
}

/** From the dearest down, as the lines stand. Colour-blind readers can tell the colours apart, on light and dark paper. */
const SERIES: readonly Series[] = [
  { name: 'mnemonist BKTree', engine: 'mnemonist-bk-tree', colour: '#b5651d', shape: 'triangle-down' },
  { name: 'hashwarden’s BK-tree', engine: 'bk-tree', colour: '#e69f00', shape: 'triangle-up' },
  { name: 'faiss IndexBinaryMultiHash', engine: 'faiss-multihash', colour: '#cc79a7', shape: 'square' },
  { name: 'threatexchange PDQIndex', engine: 'pdqindex', colour: '#8c6bb1', shape: 'diamond' },
  { name: 'faiss IndexBinaryFlat', engine: 'faiss-flat', colour: '#8a8f98', shape: 'cross' },
  { name: 'hashwarden, one at a time', engine: 'multi-index', batch: 1, colour: '#56b4e9', shape: 'circle' },
  {
    name: 'hashwarden, batches of 1,024',
    engine: 'multi-index',
    batch: 1_024,
    colour: '#2f81f7',
    shape: 'circle',
  },
]
const FITTED_FROM = 1_000_000

/** What a query costs against the number of known hashes, ours and the peers'. */
function costChart({ rows }: BenchmarkResult): TopLevelSpec {
  const named = SERIES.flatMap((series) => {
    const points = curve(rows, series.engine, series.batch)
    if (points.length === 0) return []
    const slope = exponent(points, points.some(({ known }) => known > FITTED_FROM) ? FITTED_FROM : 0)
    return [{ ...series, name: slope ? `${series.name}: N^${slope}` : series.name, points }]
  })
  const names = named.map(({ name }) => name)
  return {
    title: {
      text: 'What a query costs against the number of known hashes',
      subtitle: 'Radius 31 of 256 bits, exact, one thread, peers at their best batch. N^e: fitted growth.',
    },
    width: 520,
    height: 380,
    data: {
      values: named.flatMap(({ name, points }) =>
        points.map(({ known, micros }) => ({ name, known, micros })),
      ),
    },
    mark: { type: 'line', point: { filled: true, size: 70 }, strokeWidth: 2.5 },
    encoding: {
      x: {
        field: 'known',
        type: 'quantitative',
        scale: { type: 'log', nice: false, padding: 12 },
        axis: {
          title: 'known hashes',
          labelFlush: false,
          values: [1e4, 1e5, 1e6, 1e7, 3e7],
          labelExpr: "datum.value >= 1e6 ? datum.value / 1e6 + ' M' : format(datum.value, ',')",
        },
      },
      y: {
        field: 'micros',
        type: 'quantitative',
        scale: { type: 'log' },
        axis: { title: 'microseconds a query', values: powersOfTen(rows), format: ',' },
      },
      color: {
        field: 'name',
        type: 'nominal',
        scale: { domain: names, range: named.map(({ colour }) => colour) },
        legend: { title: null },
      },
      shape: {
        field: 'name',
        type: 'nominal',
        scale: { domain: names, range: named.map(({ shape }) => shape) },
      },
    },
  }
}

const powersOfTen = (rows: BenchmarkResult['rows']): number[] => {
  const most = Math.ceil(Math.log10(Math.max(...rows.map(({ micros }) => micros))))
  return Array.from({ length: most + 1 }, (_, power) => 10 ** power)
}

/** How much of a BK-tree a query visits, by its radius. */
function treeChart({ rows }: BenchmarkResult): TopLevelSpec {
  const sizes = [...new Set(pick(rows, { engine: 'bk-tree' }).map(({ known }) => known))].sort(
    (a, b) => b - a,
  )
  const names = sizes.map((known) => `${known.toLocaleString('en')} known hashes`)
  const values = rows
    .filter(({ engine, batch, visited }) => engine === 'bk-tree' && batch === 256 && visited !== undefined)
    .map(({ known, radius, visited }) => ({ name: names[sizes.indexOf(known)], radius, visited }))
  return {
    title: {
      text: 'How much of a BK-tree a query visits',
      subtitle: 'Share of its nodes that a query is compared with, by radius. PDQ is matched within 31 bits.',
    },
    width: 520,
    height: 300,
    layer: [
      {
        data: { values: [{ radius: 31 }] },
        mark: { type: 'rule', color: COLOURS.ink.light, strokeDash: [4, 4] },
        encoding: { x: { field: 'radius', type: 'quantitative' } },
      },
      {
        data: { values },
        mark: { type: 'line', point: { filled: true, size: 60 }, strokeWidth: 2.5 },
        encoding: {
          x: {
            field: 'radius',
            type: 'quantitative',
            axis: { title: 'radius in bits', labelFlush: false, values: [0, 8, 16, 24, 31, 40, 48, 56, 64] },
          },
          y: {
            field: 'visited',
            type: 'quantitative',
            axis: { title: 'nodes visited', format: '.0%', values: [0, 0.25, 0.5, 0.75, 1] },
          },
          color: {
            field: 'name',
            type: 'nominal',
            scale: { domain: names, range: ['#e69f00', '#2f81f7'] },
            legend: { title: null },
          },
          shape: {
            field: 'name',
            type: 'nominal',
            scale: { domain: names, range: ['triangle-up', 'circle'] },
          },
        },
      },
    ],
  }
}

/** The SVG files of bench/results, by name. */
export async function searchCharts(results: BenchmarkResult): Promise<Map<string, string>> {
  return new Map([
    ['search-cost.svg', await drawChart(costChart(results))],
    ['bk-tree-visits.svg', await drawChart(treeChart(results))],
  ])
}
