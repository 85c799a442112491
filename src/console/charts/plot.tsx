// One chart over time, drawn by uPlot on a canvas. All charts of a page share the time that is pointed at. By keyboard the
// chart is a slider over its times, which says the values of each.
import { signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { PanelUnit } from '../../telemetry/panels/panel.ts'
import { amount } from '../wording/amounts.ts'
import { clockTime } from '../wording/times.ts'
import { colours, DASHES } from './colours.ts'
import { momentOf } from './moments.ts'
import { alone, heightOf, placeIn, valuesSentence, type Line } from './lines.ts'

/** The time that is pointed at in any chart, in seconds since 1970. */
export const pointedAt = signal<number | undefined>(undefined)

const HEIGHT = 148
const AXIS_WIDTH = 46
const AXIS_HEIGHT = 24

export interface PlotProps {
  readonly title: string
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  readonly unit: PanelUnit
  readonly limit?: number | undefined
  /** The element that says in words what the chart shows. */
  readonly describedBy: string
}

export function Plot(props: PlotProps) {
  const { title, times, lines, unit, limit, describedBy } = props
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const shown = colours.value
  const names = lines.map(({ name }) => name).join('\n')
  // A chart with other lines or colours is another chart; new values of the same ones are put into it.
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return undefined
    const made = new uPlot(optionsFor(props, element.clientWidth), dataOf(props), element)
    plot.current = made
    const watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    watcher.observe(element)
    const stop = pointedAt.subscribe(() => place(made))
    return () => {
      stop()
      watcher.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [names, unit, limit, shown])
  useEffect(() => plot.current?.setData(dataOf(props)), [times, lines])
  const at = placeIn(times, pointedAt.value)
  const last = times.length - 1
  return (
    <div
      ref={box}
      class="plot"
      role="slider"
      tabIndex={0}
      aria-label={`${title}: time`}
      aria-describedby={describedBy}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, last)}
      aria-valuenow={at ?? last}
      aria-valuetext={`${momentOf(times, times[at ?? last])}: ${valuesSentence(lines, at, unit)}`}
      onKeyDown={(event) => onKey(event, times, at)}
      onBlur={() => (pointedAt.value = undefined)}
    />
  )
}

const MOVES: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowLeft: (at) => at - 1,
  ArrowDown: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  ArrowUp: (at) => at + 1,
  PageDown: (at) => at - 10,
  PageUp: (at) => at + 10,
  Home: () => 0,
  End: (_at, last) => last,
}

function onKey(event: KeyboardEvent, times: readonly number[], at: number | undefined): void {
  const last = times.length - 1
  const move = MOVES[event.key]
  if (event.key === 'Escape') pointedAt.value = undefined
  if (!move || last < 0) return
  event.preventDefault()
  pointedAt.value = times[Math.max(0, Math.min(last, move(at ?? last, last)))]
}

// uPlot reads them only; its types ask for arrays that can be changed.
const dataOf = ({ times, lines }: PlotProps): uPlot.AlignedData => [
  [...times],
  ...lines.map(({ values }) => [...values]),
]

function optionsFor({ lines, unit, limit }: PlotProps, width: number): uPlot.Options {
  const { text, grid, font, surface, lines: strokes } = colours.peek()
  const axis = { stroke: text, font, ticks: { show: false } }
  return {
    width,
    height: HEIGHT,
    padding: [8, 6, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      points: { size: 7, width: 2, fill: surface },
    },
    scales: {
      x: { time: true },
      y: { range: (self) => [0, heightOf(linesIn(self), limit)] },
    },
    axes: [
      {
        ...axis,
        size: AXIS_HEIGHT,
        gap: 6,
        space: 64,
        grid: { show: false },
        values: (_self, splits) => splits.map((at) => clockTime(at)),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        gap: 6,
        space: 34,
        grid: { stroke: grid, width: 1 },
        values: (_self, splits) => splits.map((value) => amount(value, unit).replace('/s', '')),
      },
    ],
    series: [{}, ...lines.map((_, at) => seriesOf(strokes[at], at, unit))],
    hooks: {
      draw: [(self) => drawLimit(self, limit)],
      setCursor: [onCursor],
    },
  }
}

/** Events are counts of a step: a slope between two of them would be made up. */
const STEPS = uPlot.paths.stepped?.({ align: -1 })

function seriesOf(stroke: string, at: number, unit: PanelUnit): uPlot.Series {
  return {
    ...(unit === 'events' && STEPS ? { paths: STEPS } : {}),
    stroke,
    width: 1.5,
    dash: [...DASHES[at]],
    points: {
      show: true,
      size: 4,
      fill: stroke,
      filter: (self, series) => alone(self.data[series] as readonly (number | null)[]),
    },
  }
}

/** The values that the plot has now: its options are older. */
const linesIn = ({ data }: uPlot): readonly Line[] =>
  data.slice(1).map((values) => ({ name: '', values: values as readonly (number | null)[] }))

/** Where a chart's cursor was put, in pixels from its left edge. */
const placed = new WeakMap<uPlot, number>()
const AWAY = -10

/** Puts the cursor at the time that is pointed at; at the first one, if that has slid out. */
function place(self: uPlot): void {
  const at = pointedAt.peek()
  const left = at === undefined ? AWAY : Math.max(0, self.valToPos(at, 'x'))
  placed.set(self, left)
  self.setCursor({ left, top: left === AWAY ? AWAY : 1 }, false)
}

/** A cursor that stands where it was put was not moved: the times slid below it, and it goes with its time. */
function onCursor(self: uPlot): void {
  if (self.cursor.left === placed.get(self)) place(self)
  else pointedAt.value = timeUnder(self)
}

/** Undefined: the pointer is elsewhere. */
const timeUnder = ({ cursor: { idx, left = -1 }, data }: uPlot): number | undefined =>
  left < 0 || idx === null || idx === undefined ? undefined : data[0][idx]

function drawLimit(self: uPlot, limit: number | undefined): void {
  const { max = 0 } = self.scales['y']
  if (limit === undefined || limit > max) return
  const { ctx, bbox } = self
  const y = Math.round(self.valToPos(limit, 'y', true)) + 0.5
  ctx.save()
  ctx.strokeStyle = colours.peek().limit
  ctx.lineWidth = 1.25 * devicePixelRatio
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}
