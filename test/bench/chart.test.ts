import { expect, test } from 'vitest'
import { COLOURS, drawChart } from '../../bench/render/chart.ts'

const POINTS: Parameters<typeof drawChart>[0] = {
  title: 'Points',
  data: { values: [{ x: 1, y: 2 }] },
  mark: 'point',
  encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
}

test('a chart is the same bytes each time, so that it can be checked against its figures', async () => {
  expect(await drawChart(POINTS)).toBe(await drawChart(POINTS))
})

test('ink, lines and paper of a chart are turned on a dark page', async () => {
  const svg = await drawChart(POINTS)
  const [style] = /<style>@media \(prefers-color-scheme:dark\).*<\/style>/.exec(svg) ?? ['']
  for (const { light, dark } of Object.values(COLOURS)) {
    expect(svg.replace(style, '')).toContain(`"${light}"`)
    expect(style).toContain(`="${light}"]{fill:${dark}}`)
  }
})
