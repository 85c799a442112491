// The pipeline benchmark's results, and how tables and charts pick from them.
import type { Machine } from '../machine.ts'
import type { JobOf, Kind, Measured, MeasuredOf } from '../pipeline/jobs.ts'
import { readResult } from './table.ts'

export interface PipelineResult {
  readonly machine: Machine
  readonly results: readonly Measured[]
}

/** Everything measured, if it has been. */
export function pipelineResults(): PipelineResult | undefined {
  // Written by bench/pipeline/benchmark.ts.
  return readResult('pipeline') as PipelineResult | undefined
}

const isOf = <K extends Kind>(
  one: { readonly job: { readonly kind: Kind } },
  kind: K,
): one is MeasuredOf<K> => one.job.kind === kind

/** The jobs of a kind that were asked like `wanted`. */
export function jobsOf<K extends Kind>(
  { results }: PipelineResult,
  kind: K,
  wanted: Partial<JobOf<K>> = {},
): readonly MeasuredOf<K>[] {
  const named = Object.entries(wanted)
  return results.flatMap((one) => {
    if (!isOf(one, kind)) return []
    const asked = new Map<string, unknown>(Object.entries(one.job))
    return named.every(([key, value]) => asked.get(key) === value) ? [one] : []
  })
}

/** Sizes of the sets that the matcher was measured on. */
export const sizesOf = (result: PipelineResult): readonly number[] =>
  [...new Set(jobsOf(result, 'parts').map(({ job }) => job.known))].sort((a, b) => a - b)

/** Reports a second of the matcher; with one thread of one process from its turns with its parts. */
export function rateOf(
  result: PipelineResult,
  known: number,
  orientations: 1 | 8,
  processes: number,
  threads: number,
): number | undefined {
  if (processes === 1 && threads === 1) {
    const [parts] = jobsOf(result, 'parts', { known, orientations })
    return parts && 1e6 / parts.answer.wholeMicros
  }
  return jobsOf(result, 'whole', { known, orientations, processes, threads })[0]?.answer.perSecond
}

export const whole = (figure: number): string => Math.round(figure).toLocaleString('en')
/** A rate, with the two digits that another run would confirm. */
export const rate = (figure: number): string => Number(figure.toPrecision(2)).toLocaleString('en')
export const inMicros = (figure: number): string => String(Number(figure.toPrecision(3)))
