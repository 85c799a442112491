// What each source holds, counted: by type, class and role, how much is held back, how much it shares with others.
import { decodeEntry } from '../../contract/known-hash.ts'
import type { ListStatistics } from '../../contract/list-state.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'
import { EntryTable } from './entry-table.ts'
import { filesOf, overlapOf } from './overlap.ts'

const DAY_MS = 86_400_000
/** Entries are counted by day for this many days. */
const DAYS = 90
/** Most classes of a source that are named: the record of a list with more would be too large. */
const MOST_CLASSES = 1_000
/** The classes beyond them. No scheme has a blank in its name. */
export const OTHER_CLASSES = 'all others'

/** Reads the topic once. */
export async function readStatistics(
  log: EventLog,
  topic: string,
  now: Date,
): Promise<readonly ListStatistics[]> {
  const table = new EntryTable()
  await readToEnd(log, topic, ({ key, value }) => {
    const change = decodeEntry(key, value)
    if (!(change instanceof Rejection)) table.apply(change)
  })
  return statisticsOf(table, now)
}

type Counts = Record<string, number>

/** Of each source of the table, by name. A source that has no entry any more has zeros. */
export function statisticsOf(table: EntryTable, now: Date): readonly ListStatistics[] {
  const ofKind = new Uint32Array(table.kinds.length)
  const today = Math.floor(now.getTime() / DAY_MS)
  const ofDay = new Uint32Array(table.sources.length * DAYS)
  for (let row = 0; row < table.end; row++) {
    const kind = table.kindAt(row)
    if (kind === -1) continue
    ofKind[kind]++
    const age = today - table.dayAt(row)
    if (age >= 0 && age < DAYS) ofDay[table.kinds[kind].sourceNumber * DAYS + age]++
  }
  const files = filesOf(table)
  const overlap = overlapOf(table)
  const others = [...table.sources.entries()]
  return others
    .map(([number, source]): ListStatistics => {
      const kinds = table.kinds
        .map((kind, at) => ({ ...kind, entries: ofKind[at] }))
        .filter((kind) => kind.source === source && kind.entries > 0)
      const pairs = (count: (one: number, other: number) => number): Counts =>
        Object.fromEntries(
          others
            .map(([other, name]) => [name, other === number ? 0 : count(number, other)] as const)
            .filter(([, shared]) => shared > 0),
        )
      return {
        schema: 'list-statistics/1',
        source,
        asOf: now.toISOString(),
        entries: kinds.reduce((sum, { entries }) => sum + entries, 0),
        files: files[number],
        values: overlap.values[number],
        byType: sumBy(kinds, ({ type }) => type),
        byClassification: bounded(sumBy(kinds, ({ classification }) => classification)),
        byRole: sumBy(kinds, ({ role }) => role),
        held: sumBy(kinds, ({ held }) => held),
        shared: pairs((one, other) => overlap.shared(one, other)),
        sharedEarlier: pairs((one, other) => overlap.sharedEarlier(one, other)),
        addedByDay: daysOf(ofDay.subarray(number * DAYS, (number + 1) * DAYS), today),
      }
    })
    .toSorted((one, other) => (one.source < other.source ? -1 : 1))
}

function sumBy<Kind extends { readonly entries: number }>(
  kinds: readonly Kind[],
  nameOf: (kind: Kind) => string | undefined,
): Counts {
  const counts = new Map<string, number>()
  for (const kind of kinds) {
    const name = nameOf(kind)
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + kind.entries)
  }
  return Object.fromEntries([...counts].toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

function bounded(counts: Counts): Counts {
  const all = Object.entries(counts)
  if (all.length <= MOST_CLASSES) return counts
  const bySize = all.toSorted(([, one], [, other]) => other - one)
  const rest = bySize.slice(MOST_CLASSES).reduce((sum, [, entries]) => sum + entries, 0)
  return { ...Object.fromEntries(bySize.slice(0, MOST_CLASSES)), [OTHER_CLASSES]: rest }
}

/** `ages`: entries by the age of their day. Days without any are left out. */
const daysOf = (ages: Uint32Array, today: number): Counts =>
  Object.fromEntries(
    [...ages.entries()]
      .filter(([, entries]) => entries > 0)
      .map(([age, entries]) => [new Date((today - age) * DAY_MS).toISOString().slice(0, 10), entries])
      .toReversed(),
  )
