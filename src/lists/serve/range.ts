// Ranges and pages in the addresses of requests.

/** A part of an address that can't be used. The message names it and never quotes it. */
export class RangeError400 extends Error {
  override readonly name = 'RangeError400'
}

export interface EntriesRange {
  /** Seconds since 1970. */
  readonly from: number
  readonly to: number
  readonly start: number | undefined
}

type Query = Readonly<Record<string, unknown>>

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/

/** A time without fractions: readers refuse others. */
export const printedSecond = (second: number): string =>
  new Date(second * 1_000).toISOString().replace('.000Z', 'Z')

/** `from` is rounded down and `to` down: changes have whole seconds. Left out: from the beginning, until now. */
export function rangeOf(query: Query, nowSecond: number): EntriesRange {
  const from = secondOf(query, 'from') ?? 0
  const to = secondOf(query, 'to') ?? nowSecond
  return { from: Math.max(0, from), to, start: startOf(query) }
}

/** The `next` of a page: valid with the same range. `size` and `max` are there for readers, which estimate by them. */
export function nextOf(
  { from, to }: EntriesRange,
  next: { readonly start: number; readonly last: number },
): string {
  return `/v2/entries?from=${printedSecond(from)}&to=${printedSecond(to)}&start=${next.start}&size=1000&max=${next.last}`
}

function secondOf(query: Query, name: 'from' | 'to'): number | undefined {
  const text = query[name]
  if (text === undefined || text === '') return undefined
  const ms = typeof text === 'string' && TIME.test(text) ? Date.parse(text) : NaN
  if (Number.isNaN(ms)) throw new RangeError400(`${name} is not a time in UTC such as 2026-01-31T00:00:00Z`)
  return Math.floor(ms / 1_000)
}

function startOf({ start }: Query): number | undefined {
  if (start === undefined) return undefined
  if (typeof start === 'string' && /^\d{1,15}$/.test(start)) return Number(start)
  throw new RangeError400('start is not a number: use next as the page before gave it')
}
