// The problems of lists that are kept up to date, in words.
import type { FleetList, FleetProblem } from '../../contract/fleet.ts'
import { isStale } from './fleet-lists.ts'
import { duration } from './duration.ts'

/** A new version, or another process, takes the work over within this time, in milliseconds. */
const UNSYNCED_TOLD_MS = 60_000
/** A source that does not answer for this time, in seconds, is a problem: it is tried again at once. */
const UNREADABLE_TOLD_SECONDS = 120

export interface ListFacts {
  readonly lists: readonly FleetList[]
  /** For how long no process has said that it keeps the lists up to date, in milliseconds. */
  readonly unsyncedMs: number
  readonly nowMs: number
}

export const listProblems = (facts: ListFacts): readonly FleetProblem[] => [
  ...noSync(facts),
  ...facts.lists.flatMap((list) => [
    ...staleness(list),
    ...unreadable(list, facts.nowMs),
    ...waiting(list, facts.nowMs),
  ]),
]

function noSync({ lists, unsyncedMs }: ListFacts): readonly FleetProblem[] {
  const unread = lists.filter(({ staleAfterSeconds }) => staleAfterSeconds === undefined)
  if (unread.length === 0 || unsyncedMs <= UNSYNCED_TOLD_MS) return []
  const ageSeconds = Math.max(...unread.map((list) => list.ageSeconds ?? 0))
  const [{ source }] = unread
  const [which, it] =
    unread.length === 1 ? [`list ${source}`, 'it'] : [`the ${unread.length} lists`, 'the oldest']
  const text = `No process keeps ${which} up to date; ${it} was last read to its end ${duration(ageSeconds)} ago.`
  return [{ code: 'no-sync', severity: 'warning', text, processes: [] }]
}

function staleness(list: FleetList): readonly FleetProblem[] {
  if (!isStale(list)) return []
  const { source, ageSeconds = 0, staleAfterSeconds = 0, checkedAt, problem } = list
  const since =
    checkedAt === undefined
      ? `has not been read to its end since its process started ${duration(ageSeconds)} ago`
      : `was last read to its end ${duration(ageSeconds)} ago`
  const why = problem ? ` (${problem.code})` : ''
  const text = `List ${source} ${since}${why}; it is stale after ${duration(staleAfterSeconds)}.`
  return [{ code: 'list-stale', severity: 'warning', text, processes: [] }]
}

function unreadable(list: FleetList, nowMs: number): readonly FleetProblem[] {
  const { source, problem, staleAfterSeconds } = list
  // Of a stale list the sentence above says it, and of one that no process reads now it is old.
  if (!problem || isStale(list) || staleAfterSeconds === undefined) return []
  const forSeconds = secondsSince(problem.since, nowMs)
  if (forSeconds < UNREADABLE_TOLD_SECONDS) return []
  const text = `List ${source} can’t be read for ${duration(forSeconds)} (${problem.code}); it is tried again.`
  return [{ code: 'list-unreadable', severity: 'warning', text, processes: [] }]
}

const WHY: Readonly<Record<string, string>> = {
  'removes-much': 'it would remove a great share of what the list has',
  'adds-much': 'it would add many times what the list has',
}

function waiting({ source, pending }: FleetList, nowMs: number): readonly FleetProblem[] {
  if (!pending) return []
  const text = `A change of list ${source} has waited for a person for ${duration(secondsSince(pending.since, nowMs))}: ${WHY[pending.why] ?? pending.why}.`
  return [{ code: 'list-waits', severity: 'warning', text, processes: [] }]
}

const secondsSince = (time: string, nowMs: number): number => Math.max(0, nowMs - Date.parse(time)) / 1000
