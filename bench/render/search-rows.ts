// The search benchmark's rows, and how tables and charts pick from them.
import type { BenchmarkResult } from '../search/benchmark.ts'
import type { EngineName, Row } from '../search/jobs.ts'
import { fitPowerLaw } from '../search/power-law.ts'
import { readResult } from './table.ts'

/** Everything measured, if it has been. */
export function searchResults(): BenchmarkResult | undefined {
  // Both written by bench/search/benchmark.ts.
  const ours = readResult('search') as Omit<BenchmarkResult, 'versions'> | undefined
  const peers = readResult('search-peers') as BenchmarkResult | undefined
  if (!ours) return undefined
  return {
    machine: ours.machine,
    versions: peers?.versions ?? {},
    rows: [...ours.rows, ...(peers?.rows ?? [])],
  }
}

/** A plain search: the default of every row. */
const PLAIN = { set: 'uniform', radius: 31, orientations: 1, limit: 64 } as const

/** Rows like `wanted`; what it doesn't name is as in a plain search, but for the engine, the size and the batch. */
export function pick(rows: readonly Row[], wanted: Partial<Row>): Row[] {
  const named = Object.entries({ ...PLAIN, ...wanted })
  return rows.filter((row) => {
    const own = new Map<string, unknown>(Object.entries(row))
    return named.every(([key, value]) => own.get(key) === value)
  })
}

/** The cheapest of the rows. */
export const cheapest = (rows: readonly Row[]): Row | undefined =>
  rows.reduce<Row | undefined>((best, row) => (best && best.micros <= row.micros ? best : row), undefined)

/** What an engine's plain search costs at each size, at its best batch or at `batch`. */
export function curve(rows: readonly Row[], engine: EngineName, batch?: number): Row[] {
  const own = pick(rows, { engine, ...(batch === undefined ? {} : { batch }) })
  const sizes = [...new Set(own.map(({ known }) => known))].sort((a, b) => a - b)
  return sizes.flatMap((known) => cheapest(own.filter((row) => row.known === known)) ?? [])
}

/** The exponent of the cost against N from `least` known values on, to two digits; nothing if there are not two sizes. */
export function exponent(points: readonly Row[], least = 0): string | undefined {
  const fitted = points.filter(({ known }) => known >= least)
  if (fitted.length < 2) return undefined
  return fitPowerLaw(fitted.map(({ known, micros }) => [known, micros] as const)).exponent.toFixed(2)
}

/** Microseconds, with as many digits as say something. */
export const micros = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))

/** How many times as much. */
export const times = (value: number): string =>
  `${value >= 10 ? Number(value.toPrecision(3)).toLocaleString('en') : value.toPrecision(2)} ×`
