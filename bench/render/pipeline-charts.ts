// Charts of the pipeline benchmark.
import type { TopLevelSpec } from 'vega-lite'
import type { Percentiles } from '../pipeline/jobs.ts'
import { drawChart } from './chart.ts'
import { jobsOf, rateOf, sizesOf, type PipelineResult } from './pipeline-rows.ts'

interface Line {
  readonly name: string
  readonly colour: string
  readonly shape: string
  readonly rate: (result: PipelineResult, known: number) => number | undefined
}

/** From the quickest down, as the lines stand; colours as in the search's charts. */
const LINES: readonly Line[] = [
  {
    name: 'kafkajs that only parses',
    colour: '#8a8f98',
    shape: 'cross',
    rate: (result, known) => {
      const [parts] = jobsOf(result, 'parts', { known, orientations: 1 })
      return parts && 1e6 / parts.answer.passThroughMicros
    },
  },
  {
    name: 'hashwarden, 1 orientation, 1 thread',
    colour: '#56b4e9',
    shape: 'circle',
    rate: (result, known) => rateOf(result, known, 1, 1, 1),
  },
  {
    name: 'hashwarden, 8 orientations, 1 thread',
    colour: '#2f81f7',
    shape: 'circle',
    rate: (result, known) => rateOf(result, known, 8, 1, 1),
  },
  {
    name: 'PDQIndex behind confluent-kafka, 1 orientation',
    colour: '#8c6bb1',
    shape: 'diamond',
    rate: (result, known) => jobsOf(result, 'peer', { known })[0]?.answer.perSecond,
  },
]

/** Reports a second against the number of known hashes, ours and the peer's. */
function rateChart(result: PipelineResult): TopLevelSpec {
  const values = LINES.flatMap(({ name, rate }) =>
    sizesOf(result).flatMap((known) => {
      const perSecond = rate(result, known)
      return perSecond === undefined ? [] : [{ name, known, perSecond }]
    }),
  )
  const names = LINES.map(({ name }) => name)
  return {
    title: {
      text: 'Reports a second against the number of known hashes',
      subtitle:
        'From Kafka to hits and committed offsets; one thread each, the broker on the same two cores.',
    },
    width: 520,
    height: 340,
    data: { values },
    mark: { type: 'line', point: { filled: true, size: 70 }, strokeWidth: 2.5 },
    encoding: {
      x: {
        field: 'known',
        type: 'quantitative',
        scale: { type: 'log', nice: false, padding: 12 },
        axis: {
          title: 'known hashes',
          labelFlush: false,
          values: [...sizesOf(result)],
          labelExpr: "datum.value >= 1e6 ? datum.value / 1e6 + ' M' : format(datum.value, ',')",
        },
      },
      y: {
        field: 'perSecond',
        type: 'quantitative',
        scale: { type: 'log' },
        axis: { title: 'reports a second', values: [10, 100, 1e3, 1e4, 1e5, 1e6], format: ',' },
      },
      color: {
        field: 'name',
        type: 'nominal',
        scale: { domain: names, range: LINES.map(({ colour }) => colour) },
        legend: { title: null },
      },
      shape: {
        field: 'name',
        type: 'nominal',
        scale: { domain: names, range: LINES.map(({ shape }) => shape) },
      },
    },
  }
}

const PERCENTILES: readonly (readonly [string, keyof Percentiles])[] = [
  ['50 %', 'p50'],
  ['90 %', 'p90'],
  ['99 %', 'p99'],
  ['99.9 %', 'p999'],
  ['all', 'greatest'],
]

const nameOf = (share: number): string => `at ${share * 100} % of the rate that is reached`

/** How many hits are there after how long. */
function latencyChart(result: PipelineResult): TopLevelSpec {
  const loads = jobsOf(result, 'latency').flatMap(({ answer }) => answer.loads)
  const values = loads.flatMap(({ share, ms }) =>
    PERCENTILES.map(([label, key]) => ({ name: nameOf(share), label, ms: ms[key] })),
  )
  return {
    title: {
      text: 'From a report to its hit',
      subtitle: 'Milliseconds from the moment a report was due to be sent until a reader has its hit.',
    },
    width: 520,
    height: 260,
    data: { values },
    mark: { type: 'line', point: { filled: true, size: 70 }, strokeWidth: 2.5 },
    encoding: {
      x: {
        field: 'label',
        type: 'ordinal',
        sort: PERCENTILES.map(([label]) => label),
        axis: { title: 'of the hits', labelAngle: 0 },
      },
      y: {
        field: 'ms',
        type: 'quantitative',
        scale: { type: 'log' },
        axis: {
          title: 'milliseconds',
          values: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000],
          format: ',',
        },
      },
      color: {
        field: 'name',
        type: 'nominal',
        scale: { domain: loads.map(({ share }) => nameOf(share)), range: ['#2f81f7', '#e69f00'] },
        legend: { title: null },
      },
    },
  }
}

/** The SVG files of bench/results, by name. */
export async function pipelineCharts(result: PipelineResult): Promise<Map<string, string>> {
  return new Map([
    ['pipeline-rate.svg', await drawChart(rateChart(result))],
    ['pipeline-latency.svg', await drawChart(latencyChart(result))],
  ])
}
