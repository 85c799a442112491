// The lists that are kept up to date: when each was last read to its end, and its troubles. Pure.
import type { FleetList, FleetPicture } from '../../../contract/fleet.ts'
import { ago } from '../../wording/times.ts'

export interface ListRow {
  readonly source: string
  /** When it was last read to its end, in words; undefined: it is not known. */
  readonly read: string | undefined
  /** Its troubles, in words; undefined: it is fresh. */
  readonly mark: string | undefined
  readonly isBad: boolean
}

/** The stalest first. */
export const listRows = ({ lists = [], at }: FleetPicture): readonly ListRow[] =>
  lists.toSorted((a, b) => staleness(b) - staleness(a)).map((list) => rowOf(list, Date.parse(at)))

/** Of a list that no process reads, the age decides alone. */
const staleness = ({ ageSeconds = Infinity, staleAfterSeconds = 1 }: FleetList): number =>
  ageSeconds / staleAfterSeconds

function rowOf(list: FleetList, nowMs: number): ListRow {
  const { source, checkedAt, pending, problem, staleAfterSeconds, ageSeconds = 0 } = list
  const marks = [
    staleAfterSeconds === undefined && 'not read now',
    staleAfterSeconds !== undefined && ageSeconds > staleAfterSeconds && 'stale',
    problem?.code,
    pending && 'a change waits',
    staleAfterSeconds !== undefined && checkedAt === undefined && !problem && 'first reading',
  ].filter((mark) => typeof mark === 'string')
  return {
    source,
    read: checkedAt === undefined ? undefined : ago(Date.parse(checkedAt), nowMs),
    mark: marks.length === 0 ? undefined : marks.join(', '),
    isBad: marks.some((mark) => mark !== 'first reading'),
  }
}

/** Whether each list is known to be fresh. */
export const areFresh = ({ lists = [] }: FleetPicture): boolean =>
  lists.length > 0 &&
  lists.every(
    ({ checkedAt, ageSeconds = Infinity, staleAfterSeconds = 0 }) =>
      checkedAt !== undefined && ageSeconds <= staleAfterSeconds,
  )
