// A load that is planned, and one figure of the plan for it.

/** What the plan is for. */
export interface PlannedLoad {
  /** Reports a second. */
  readonly reports: number
  /** Known PDQ hashes. */
  readonly known: number
  /** Bytes of a source id in UTF-8. In a list without ids each value is its own: 64 bytes for PDQ, the most there may be. */
  readonly idBytes: number
  /** In how many orientations PDQ hashes are searched. */
  readonly orientations: 1 | 8
  /** Copies of each record that Kafka keeps. */
  readonly replication: number
  /** Share of the reports that are hits. */
  readonly hitShare: number
  /** How long the topic of reports keeps them. */
  readonly retentionDays: number
  /** Cores of a machine that matches; a matcher thread for each. */
  readonly cores: number
}

/** What a plan takes as given where it is not told otherwise. */
export const USUAL_LOAD = {
  idBytes: 64,
  orientations: 8,
  replication: 3,
  hitShare: 0.0001,
  retentionDays: 30,
  cores: 16,
} as const satisfies Partial<PlannedLoad>

export type Unit = 'number' | 'seconds' | 'bytes' | 'bytes a second'

export interface Figure {
  readonly part: 'matchers' | 'Kafka' | 'review'
  readonly name: string
  /** The margin is in it. */
  readonly value: number
  readonly unit: Unit
  /** How it follows, with the numbers put in. */
  readonly formula: string
  /** What was measured, and on which machine. */
  readonly measured: string
  /** How much more than measured. */
  readonly margin: string
}

export const DAY_SECONDS = 86_400

/** A number as formulas print it: three digits are all that a figure is worth. */
export const digits = (number: number): string =>
  Number(number.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 })
