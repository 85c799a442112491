// What the lists page shows of a list, in numbers and words. Pure. Unknown is a dash or a gap, never 0.
import type { CurationView, HeldKind, ListsView, ListView } from '../../../contract/review.ts'
import { UNKNOWN } from '../../wording/amounts.ts'
import { count } from '../../wording/times.ts'

const DAY_MS = 86_400_000
/** Days of the small line. */
const GROWTH_DAYS = 90

export const known = (value: number | undefined): string => (value === undefined ? UNKNOWN : count(value))

type Counts = Readonly<Record<string, number>>

export const sum = (counts: Counts): number => Object.values(counts).reduce((total, one) => total + one, 0)

/** Largest first. */
export const bySize = (counts: Counts): readonly (readonly [string, number])[] =>
  Object.entries(counts).toSorted(([, one], [, other]) => other - one)

export interface Growth {
  /** Entries at the end of each day, oldest first. */
  readonly line: readonly number[]
  readonly lastWeek: number
}

/** How today's entries came: those that were removed since are in none of its days. */
export function growthOf({ statistics }: ListView): Growth | undefined {
  if (!statistics) return undefined
  const today = Math.floor(Date.parse(statistics.asOf) / DAY_MS)
  const added = Array.from({ length: GROWTH_DAYS }, (_, at) => {
    const day = new Date((today - GROWTH_DAYS + 1 + at) * DAY_MS).toISOString().slice(0, 10)
    return statistics.addedByDay[day] ?? 0
  })
  let entries = statistics.entries - added.reduce((total, one) => total + one, 0)
  const line = added.map((one) => (entries += one))
  return { line, lastWeek: added.slice(-7).reduce((total, one) => total + one, 0) }
}

export interface Shared {
  readonly shared: number
  readonly earlier: number | undefined
  /** Of the row's values; undefined: not known. */
  readonly share: number | undefined
  /** 0 to 5: how dark its cell is. */
  readonly level: number
}

/** What the list of a row shares with that of a column; undefined: the row's list is not counted. */
export function sharedOf(row: ListView, column: ListView): Shared | undefined {
  const { statistics } = row
  if (!statistics) return undefined
  const shared = statistics.shared[column.source] ?? 0
  const share = statistics.values ? shared / statistics.values : undefined
  const level = shared === 0 || share === undefined ? 0 : Math.min(5, 1 + Math.floor(share * 5))
  return {
    shared,
    share,
    level,
    earlier: statistics.sharedEarlier?.[column.source] ?? (statistics.sharedEarlier ? 0 : undefined),
  }
}

/** `42 %`, `< 1 %`, `0`. */
export function percent(share: number | undefined): string {
  if (share === undefined) return UNKNOWN
  if (share === 0) return '0'
  return share < 0.01 ? '< 1 %' : `${Math.round(share * 100)} %`
}

export type ListStand = 'well' | 'problem' | 'waits' | 'answered' | 'stale' | 'first' | 'by-hand'

export function standOf({ problem, pending, answer, isStale, checkedAt, isSynced }: ListView): ListStand {
  if (problem) return 'problem'
  if (pending) return answer ? 'answered' : 'waits'
  if (isStale) return 'stale'
  if (!isSynced) return 'by-hand'
  return checkedAt === undefined ? 'first' : 'well'
}

export const STAND_WORDS: Readonly<Record<ListStand, string>> = {
  well: '✓ in step',
  problem: '▲ problem',
  waits: '● waits for a word',
  answered: '◌ word given, not acted on yet',
  stale: '▲ stale: not read in time',
  first: '◌ not read to its end yet',
  'by-hand': 'imported by hand',
}

/** Lists that need a person. */
export const needing = ({ lists }: ListsView): readonly ListView[] =>
  lists.filter((one) => NEEDING.has(standOf(one)))

const NEEDING: ReadonlySet<ListStand> = new Set(['waits', 'problem', 'stale'])

export const HELD_WORDS: Readonly<Record<HeldKind, { readonly name: string; readonly why: string }>> = {
  degenerate: { name: 'Degenerate', why: 'the value says nothing of a file' },
  disabled: { name: 'Disabled', why: 'a person or its list holds it back' },
  quarantined: { name: 'Quarantined', why: 'an import holds it back until a person looks' },
  suppressed: { name: 'Suppressed', why: 'a person keeps the value from matching in any list' },
}

export const CURATION_WORDS: Readonly<Record<CurationView['kind'], string>> = {
  disable: 'Disabled',
  enable: 'Released',
  suppress: 'Suppressed a value',
  unsuppress: 'Ended a suppression',
  apply: 'Let a change pass',
  refuse: 'Refused a change',
}
