// The four figures that answer the page's question: how much, how late, how soon, and do people keep up. Pure.
import type { OperationsView, SeriesView } from '../../../contract/review.ts'
import { amount, duration, UNKNOWN } from '../../wording/amounts.ts'
import { count } from '../../wording/times.ts'
import { newest } from '../../charts/lines.ts'
import { limitOf, linesOf, sumLine, worstLine, worstOf } from './panels.ts'

export interface Figure {
  readonly name: string
  readonly value: string
  /** What stands below it. */
  readonly note: string
  readonly spark: readonly (number | null)[]
  /** Where the aim is, in the unit of the spark. */
  readonly limit?: number | undefined
  /** Whether the aim is met; undefined: it has none, or it is not known. */
  readonly isMet?: boolean | undefined
  /** The aim in words. */
  readonly aim?: string
}

type Series = SeriesView | undefined

/** 99 of 100 reports take less. */
const SLOWEST = '99'

export const figuresOf = (view: OperationsView, series: Series): readonly Figure[] => [
  matched(view, series),
  behind(view, series),
  soon(series),
  waiting(view, series),
]

function matched({ fleet }: OperationsView, series: Series): Figure {
  const linesTo = (part: string) => linesOf(series, 'reports').filter(({ name }) => name.includes(part))
  // Of several topics each has a line: `matched` is of all of them, and so is this.
  const written = newest({ name: 'written', values: sumLine(linesTo('written')) })
  return {
    name: 'Reports matched',
    value: amount(fleet?.totals.reportsMatchedPerSecond, 'records a second'),
    note: `${amount(written, 'records a second')} written`,
    spark: sumLine(linesTo('matched')),
  }
}

function behind({ fleet }: OperationsView, series: Series): Figure {
  const limit = limitOf('lag-seconds')
  const { lagSeconds, lagRecords } = fleet?.totals ?? {}
  return {
    name: 'How far behind',
    value: duration(lagSeconds),
    note:
      lagRecords === undefined ? `${UNKNOWN} reports wait` : `${amount(lagRecords, 'records')} reports wait`,
    spark: worstLine(linesOf(series, 'lag-seconds')),
    limit,
    ...aimOf(limit, lagSeconds),
  }
}

function soon(series: Series): Figure {
  const limit = limitOf('canary-seconds')
  const now = worstOf(series, 'report-to-hit', SLOWEST)
  const canaries = worstOf(series, 'canary-seconds', SLOWEST)
  const lines = linesOf(series, 'report-to-hit').filter(({ name }) => name.includes(SLOWEST))
  return {
    name: 'Report to hit, 99 of 100',
    value: duration(now),
    note: now === undefined ? `no hit now; canaries ${duration(canaries)}` : `canaries ${duration(canaries)}`,
    spark: worstLine(lines),
    limit,
    ...aimOf(limit, now ?? canaries),
  }
}

function waiting({ queues }: OperationsView, series: Series): Figure {
  const limit = limitOf('oldest-case')
  // A case that somebody looks at is not decided yet; the line counts it, too.
  const cases = queues?.reduce((sum, { open, leased }) => sum + open + leased, 0)
  const ages = queues?.flatMap(({ oldestSeconds }) => oldestSeconds ?? [])
  const oldest = ages && Math.max(0, ...ages)
  return {
    name: 'Cases that wait for review',
    value: cases === undefined ? UNKNOWN : count(cases),
    note:
      oldest === undefined
        ? 'the oldest: unknown'
        : cases === 0
          ? 'no hit waits'
          : `the oldest for ${duration(oldest)}`,
    spark: sumLine(linesOf(series, 'open-cases')),
    ...aimOf(limit, oldest),
  }
}

function aimOf(limit: number | undefined, value: number | undefined): Pick<Figure, 'aim' | 'isMet'> {
  if (limit === undefined) return {}
  return { aim: `under ${duration(limit)}`, isMet: value === undefined ? undefined : value <= limit }
}
