// Reads values out of metrics, of the process and of each of its threads. What no series tells is unknown.
import type { Registry } from 'prom-client'
import type { Histogram } from '../../contract/status.ts'
import type { MeasuredMetric } from '../../telemetry/thread-totals.ts'

/** Metrics of a process: one list of its own, one for each thread. */
export type MetricLists = readonly (readonly MeasuredMetric[])[]

/** These metrics of a registry, without those that it doesn't have. */
export async function metricsOf(
  registry: Registry,
  names: readonly string[],
): Promise<readonly MeasuredMetric[]> {
  const metrics = await Promise.all(names.map(async (name) => registry.getSingleMetric(name)?.get()))
  return metrics.filter((metric) => metric !== undefined)
}

/** The sum of all series of a metric; undefined if it has none. */
export const sumOf = (lists: MetricLists, name: string): number | undefined =>
  reduced(lists, name, (a, b) => a + b)

/** The greatest of all series of a metric; undefined if it has none. */
export const greatestOf = (lists: MetricLists, name: string): number | undefined =>
  reduced(lists, name, Math.max)

/** The sums of a metric's series by one label; undefined if there is no such metric. `series` names those of a histogram. */
export function sumsBy(
  lists: MetricLists,
  { name, label, series }: { readonly name: string; readonly label: string; readonly series?: string },
): Readonly<Record<string, number>> | undefined {
  const metrics = lists.flat().filter((metric) => metric.name === name)
  if (metrics.length === 0) return undefined
  const sums: Record<string, number> = {}
  for (const { value, labels, metricName } of metrics.flatMap(({ values }) => values)) {
    const key = labels[label]
    if (key === undefined || metricName !== series) continue
    sums[key] = (sums[key] ?? 0) + value
  }
  return sums
}

/** A histogram over all its series; undefined if there is none. */
export function histogramOf(lists: MetricLists, name: string): Histogram | undefined {
  const buckets = sumsBy(lists, { name, label: 'le', series: `${name}_bucket` })
  if (buckets === undefined) return undefined
  const { '+Inf': all, ...bounded } = buckets
  if (all === undefined) return undefined
  const rising = Object.entries(bounded)
    .map(([bound, count]) => ({ bound: Number(bound), count }))
    .toSorted((a, b) => a.bound - b.bound)
  return { bounds: rising.map(({ bound }) => bound), counts: [...rising.map(({ count }) => count), all] }
}

function reduced(
  lists: MetricLists,
  name: string,
  combine: (a: number, b: number) => number,
): number | undefined {
  const values = lists
    .flat()
    .filter((metric) => metric.name === name)
    .flatMap((metric) => metric.values.map(({ value }) => value))
  return values.length === 0 ? undefined : values.reduce((a, b) => combine(a, b))
}

/** An object without the fields that are undefined: absent is how a status says that something is unknown. */
export const withoutUnknown = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  // Left are the fields whose value is not undefined.
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
