// The lists that a deployment keeps up to date, as the process says that does so; without one, as the topic of lists says.
import type { FleetList, FleetProcess } from '../../contract/fleet.ts'
import type { ListState } from '../../contract/list-state.ts'
import type { ListsStatus, Status } from '../../contract/status.ts'
import { withoutUnknown } from './counted.ts'

/** What was last read this long ago, in milliseconds, and which no process reads now, has been given up. */
const GIVEN_UP_AFTER_MS = 30 * 86_400_000

/** By source. A source that the settings no longer name is left out as soon as a process tells which they do. */
export function fleetLists(
  processes: readonly FleetProcess[],
  states: readonly ListState[],
  nowMs: number,
): readonly FleetList[] {
  const told = processes.flatMap(({ state, status }) =>
    state === 'running' && status.lists?.active ? [{ status, lists: status.lists }] : [],
  )
  const lists =
    told.length > 0
      ? told.flatMap(({ status, lists: { sources } }) => sources.map((one) => ofProcess(one, status, nowMs)))
      : states.map((state) => ofTopic(state, nowMs)).filter((one) => one !== undefined)
  // Two processes may both say that it is their turn, for a moment.
  const bySource = new Map(lists.map((one) => [one.source, one]))
  return [...bySource.values()].toSorted((a, b) => a.source.localeCompare(b.source))
}

function ofProcess(list: ListsStatus['sources'][number], { startedAt }: Status, nowMs: number): FleetList {
  const { source, entries, checkedAt, staleAfterSeconds, newestAt, problem, pending } = list
  return {
    source,
    ageSeconds: Math.max(0, nowMs - Date.parse(checkedAt ?? startedAt)) / 1000,
    staleAfterSeconds,
    ...withoutUnknown({ entries, checkedAt, newestAt }),
    ...(problem && { problem: { code: problem.code, since: problem.since } }),
    ...(pending && { pending: { why: pending.why, since: pending.since } }),
  }
}

function ofTopic(state: ListState, nowMs: number): FleetList | undefined {
  const { source, checkedAt, newestAt, problem, pending } = state
  const ageMs = checkedAt === undefined ? undefined : Math.max(0, nowMs - Date.parse(checkedAt))
  const newsAt = [checkedAt, problem?.since, pending?.since].filter((time) => time !== undefined)
  if (newsAt.every((time) => nowMs - Date.parse(time) > GIVEN_UP_AFTER_MS)) return undefined
  return {
    source,
    ...withoutUnknown({ checkedAt, newestAt, ageSeconds: ageMs === undefined ? undefined : ageMs / 1000 }),
    ...(problem && { problem: { code: problem.code, since: problem.since } }),
    ...(pending && { pending: { why: pending.why, since: pending.since } }),
  }
}

/** Unknown while no process reads it. */
export const isStale = ({ ageSeconds = 0, staleAfterSeconds = Infinity }: FleetList): boolean =>
  ageSeconds > staleAfterSeconds
