// The messages between a latency job and its load process.
import type { Percentiles } from './jobs.ts'

/** What load.ts is asked. */
export interface LoadAsk {
  /** Leads the report ids; behind it and a hyphen stands the report's number. */
  readonly name: string
  readonly perSecond: number
  readonly seconds: number
}

/** And what it answers once all is acknowledged. */
export interface LoadAnswer {
  /** When report 0 was due, by wallMs. */
  readonly startMs: number
  readonly reports: number
  /** Of reports 0, HIT_ONE_IN_LOAD, and so on. */
  readonly hits: number
  readonly sentLateMs: Percentiles
}

export const HIT_ONE_IN_LOAD = 100
