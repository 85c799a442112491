// What a panel of a dashboard is. Pure data, without an import, so that the console's page can take the same titles, units
// and reasons as Grafana's dashboards.

/** Of a panel's values, as they are: a share is a number from 0 to 1. */
export type PanelUnit =
  'records' | 'records a second' | 'events' | 'seconds' | 'bytes' | 'share' | 'entries' | 'processes'

interface PanelQuery {
  /** PromQL. `$__rate_interval` stands for a range of some scrapes, as Grafana sets it. */
  readonly expr: string
  /** What a series is called: its labels in double braces. */
  readonly legend: string
}

export interface Panel {
  /** Names it in addresses; it stays when the title changes. */
  readonly id: string
  readonly title: string
  readonly unit: PanelUnit
  /** What it tells an operator, and what to look at next. */
  readonly why: string
  readonly queries: readonly PanelQuery[]
  /** The alert whose runbook says what to do. */
  readonly runbook: string
  /** Where it begins to be bad, in its unit. */
  readonly limit?: number
}

/** Panels that answer one question. */
interface PanelRow {
  readonly title: string
  readonly panels: readonly Panel[]
}

export interface Dashboard {
  readonly id: string
  readonly title: string
  readonly purpose: string
  readonly rows: readonly PanelRow[]
}
