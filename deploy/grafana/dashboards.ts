// Writes Grafana's dashboards from the panels of src/telemetry/panels: `npm run documents`. It is no part of src/, because
// its package is for development alone.
import { writeFileSync } from 'node:fs'
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { DASHBOARDS } from '../../src/telemetry/panels/dashboards.ts'
import type { Dashboard, Panel, PanelUnit } from '../../src/telemetry/panels/panel.ts'
import { runbookUrl } from '../../src/telemetry/panels/runbooks.ts'

/** Grafana's names of units. */
const UNITS: Readonly<Record<PanelUnit, string>> = {
  records: 'short',
  'records a second': 'cps',
  events: 'short',
  seconds: 's',
  bytes: 'bytes',
  share: 'percentunit',
  entries: 'short',
  processes: 'short',
}

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' }
/** Three in a row of Grafana's 24 columns. */
const COLUMNS = 8
const LINES = 8

function graph({ title, unit, why, queries, runbook, limit }: Panel): PanelBuilder {
  const panel = new PanelBuilder()
    .title(title)
    .description(why)
    .datasource(DATASOURCE)
    .unit(UNITS[unit])
    .min(0)
    .span(COLUMNS)
    .height(LINES)
    .showPoints(VisibilityMode.Never)
    .legend(new VizLegendOptionsBuilder().showLegend(true))
    .links([
      new DashboardLinkBuilder(runbook)
        .type(DashboardLinkType.Link)
        .url(runbookUrl(runbook))
        .targetBlank(true),
    ])
    .targets(
      queries.map(({ expr, legend }, index) =>
        new DataqueryBuilder()
          .refId(String.fromCharCode(65 + index))
          .expr(expr)
          .legendFormat(legend)
          .range(),
      ),
    )
  if (limit === undefined) return panel
  return panel
    .thresholds(
      new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
        { value: null, color: 'green' },
        { value: limit, color: 'red' },
      ]),
    )
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
}

/** The text of the file that Grafana provisions. */
function dashboardJson({ id, title, purpose, rows }: Dashboard): string {
  const dashboard = new DashboardBuilder(title)
    .uid(`hashwarden-${id}`)
    .description(purpose)
    .tags(['hashwarden'])
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .link(
      new DashboardLinkBuilder('hashwarden')
        .type(DashboardLinkType.Dashboards)
        .tags(['hashwarden'])
        .keepTime(true),
    )
  let panelId = 0
  for (const row of rows) {
    dashboard.withRow(new RowBuilder(row.title).id(++panelId))
    for (const panel of row.panels) dashboard.withPanel(graph(panel).id(++panelId))
  }
  return `${JSON.stringify(dashboard.build(), null, 2)}\n`
}

/** Path in the project and text of each dashboard. */
export const dashboardFiles = (): ReadonlyMap<string, string> =>
  new Map(
    DASHBOARDS.map((dashboard) => [
      `deploy/grafana/dashboards/${dashboard.id}.json`,
      dashboardJson(dashboard),
    ]),
  )

if (import.meta.main) {
  for (const [path, text] of dashboardFiles()) writeFileSync(new URL(`../../${path}`, import.meta.url), text)
}
