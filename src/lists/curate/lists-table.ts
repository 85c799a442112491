// Lists and what they hold, as rows of text for a terminal. Pure. Unknown is a dash, never 0.
import type { ListState, ListStatistics } from '../../contract/list-state.ts'
import { isStaleState } from '../stale-list.ts'
import type { OriginProposal } from './origins.ts'

const UNKNOWN = '–'

export const LISTS_HEAD = [
  'list',
  'entries',
  'files',
  'held',
  'added in 7 d',
  'read',
  'newest',
  'state',
] as const

const count = (value: number): string => value.toLocaleString('en-GB')
/** `1 entry`, `12 entries`. */
const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`
const known = (value: number | undefined): string => (value === undefined ? UNKNOWN : count(value))

/** A row of a list. `state`: of its synchronisation, if it has one. */
export function listRow(
  source: string,
  statistics: ListStatistics | undefined,
  state: ListState | undefined,
  nowMs: number,
): readonly string[] {
  return [
    source,
    known(statistics?.entries),
    known(statistics?.files),
    known(statistics && sum(statistics.held)),
    known(statistics && addedSince(statistics, 7)),
    shortTime(state?.checkedAt),
    shortTime(state?.newestAt),
    stateText(state, nowMs),
  ]
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, one) => total + one, 0)

/** Entries whose day is one of the last ones, with that of the count. */
function addedSince({ addedByDay, asOf }: ListStatistics, days: number): number {
  const first = new Date(Date.parse(asOf) - (days - 1) * 86_400_000).toISOString().slice(0, 10)
  return sum(Object.fromEntries(Object.entries(addedByDay).filter(([day]) => day >= first)))
}

const shortTime = (time: string | undefined): string =>
  time === undefined ? UNKNOWN : time.slice(0, 16).replace('T', ' ')

function stateText(state: ListState | undefined, nowMs: number): string {
  if (state === undefined) return 'imported by hand'
  const { problem, pending } = state
  const parts = [
    ...(problem ? [`PROBLEM ${problem.code}`] : []),
    ...(pending ? [`WAITS FOR A WORD (+${count(pending.adds)} −${count(pending.removes)})`] : []),
  ]
  if (parts.length > 0) return parts.join(', ')
  if (isStaleState(state, nowMs)) return 'STALE: not read in time'
  return state.checkedAt === undefined ? 'first reading' : 'in step'
}

const group = (title: string, counts: Readonly<Record<string, number>>): readonly string[] =>
  Object.keys(counts).length === 0
    ? []
    : [`  ${title}`, ...Object.entries(counts).map(([name, one]) => `    ${name}: ${count(one)}`)]

/** What one list holds, a line each. */
export function statisticsLines(statistics: ListStatistics): readonly string[] {
  const { source, entries, files, values, asOf } = statistics
  const { byType, byClassification, byRole, held, shared, sharedEarlier = {}, addedByDay } = statistics
  const different = values === undefined ? '' : `, ${counted(values, 'different value')}`
  const withOthers = Object.entries(shared).map(([other, both]) => {
    const share = values ? ` (${Math.round((both / values) * 100)} %)` : ''
    return [
      other,
      `${count(both)}${share}, ${count(sharedEarlier[other] ?? 0)} of them earlier there`,
    ] as const
  })
  return [
    `${source}: ${counted(entries, 'entry', 'entries')} of ${counted(files, 'file')}${different}, as of ${asOf}`,
    ...group('by type', byType),
    ...group('by class', byClassification),
    ...group('by role', byRole),
    ...group('held back', held),
    ...(withOthers.length === 0 ? [] : ['  values that another list has, too']),
    ...withOthers.map(([other, text]) => `    ${other}: ${text}`),
    ...group('added by day, of the last 90 days', addedByDay),
  ]
}

/** Who copied whom, with the evidence and what to do. None: no line. */
export function originText(proposals: readonly OriginProposal[], lines: string): readonly string[] {
  if (proposals.length === 0) return []
  const evidence = proposals.map(({ source, from, values, shared, earlier, sameDay, later, order }) => {
    const share = Math.round((shared / Math.max(1, values)) * 100)
    const days = `${count(earlier)} earlier there, ${count(sameDay)} on the same day, ${count(later)} earlier here`
    const what =
      order === 'clear'
        ? `seems to copy ${from}`
        : `shares much with ${from}; the days don't say who was first`
    return `  ${source} ${what}: ${share} % of its values are in ${from}, too (${days})`
  })
  return [
    'Lists that seem to copy each other. Their agreement counts as that of independent lists until the policy',
    'gives them one origin:',
    ...evidence,
    'If you agree, put this into the policy file (config/policy.yaml, or the file of --policy), and restart matchers:',
    ...lines
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  ]
}
