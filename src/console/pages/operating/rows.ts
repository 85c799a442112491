// The rows of the tables: processes and partitions, the worst first. Pure. An unknown value is undefined.
import type { FleetPartition, FleetPicture, FleetProcess, ProblemCode } from '../../../contract/fleet.ts'
import type { Status } from '../../../contract/status.ts'
import { limitOf } from './panels.ts'

type ProcessState = 'ready' | 'waiting' | 'silent' | 'stopping'

interface SetOf {
  readonly offset: number
  readonly digest: string
  readonly entries: number
  /** Changes that another process has applied and this one hasn't; 0: none. */
  readonly behind: number
}

export interface ProcessRow {
  readonly status: Status
  readonly state: ProcessState
  readonly heardSeconds: number
  readonly partitions: number | undefined
  readonly perSecond: number | undefined
  /** Since its last canary was found, in the partition where that is longest. */
  readonly canarySeconds: number | undefined
  readonly set: SetOf | undefined
  /** Which of its facts are not the same as of the others in its group. */
  readonly differs: { readonly set: boolean; readonly policy: boolean; readonly version: boolean }
  readonly isBehind: boolean
}

const STATE_ORDER: Readonly<Record<ProcessState, number>> = { silent: 0, waiting: 1, stopping: 3, ready: 4 }
/** A process that differs comes after those that are not ready. */
const DIFFERS_ORDER = 2

export function processRows({ processes, problems }: FleetPicture): readonly ProcessRow[] {
  const isNamed = (code: ProblemCode, id: string): boolean =>
    problems.some((problem) => problem.code === code && problem.processes.includes(id))
  const sets = rarer(processes, ({ match }) => match?.knownSet && JSON.stringify(match.knownSet))
  const policies = rarer(processes, ({ match }) => match?.policy)
  const versions = rarer(processes, ({ version }) => version)
  const rows = processes.map(({ state, status, heardSeconds }): ProcessRow => {
    const id = status.process
    return {
      status,
      state: state === 'running' ? (status.ready ? 'ready' : 'waiting') : state,
      heardSeconds,
      partitions: (status.match ?? status.review)?.partitions.length,
      // What a silent process did before is not what it does.
      perSecond: state === 'running' ? status.match?.perSecond?.reportsMatched : undefined,
      canarySeconds: state === 'running' ? status.match?.canaryAgeSeconds : undefined,
      set: setOf(status, processes),
      differs: {
        set: isNamed('sets-differ', id) && sets.has(id),
        policy: isNamed('policies-differ', id) && policies.has(id),
        version: versions.has(id),
      },
      isBehind: isNamed('set-behind', id),
    }
  })
  return rows.toSorted(
    (a, b) =>
      orderOf(a) - orderOf(b) ||
      a.status.role.localeCompare(b.status.role) ||
      a.status.host.localeCompare(b.status.host) ||
      a.status.pid - b.status.pid,
  )
}

const orderOf = ({ state, differs, isBehind }: ProcessRow): number =>
  Math.min(STATE_ORDER[state], differs.set || differs.policy || isBehind ? DIFFERS_ORDER : Infinity)

/** The running processes whose value is not the most common one. Where two are as common, either may be wrong: all. */
function rarer(
  processes: readonly FleetProcess[],
  valueOf: (status: Status) => string | undefined,
): ReadonlySet<string> {
  const running = processes.filter(({ state }) => state === 'running').map(({ status }) => status)
  const groups = [...Map.groupBy(running, valueOf)].filter(([value]) => value !== undefined)
  const sizes = groups.map(([, some]) => some.length)
  const largest = Math.max(...sizes)
  const isClear = sizes.filter((size) => size === largest).length === 1
  const rare = groups.length < 2 ? [] : groups.filter(([, some]) => !isClear || some.length < largest)
  return new Set(rare.flatMap(([, some]) => some.map(({ process }) => process)))
}

function setOf({ match }: Status, processes: readonly FleetProcess[]): SetOf | undefined {
  const set = match?.knownSet
  if (!set) return undefined
  const offsets = processes.flatMap(({ state, status }) =>
    state === 'running' && status.match?.knownSet?.topicId === set.topicId
      ? (status.match?.knownSet?.offset ?? [])
      : [],
  )
  const { offset, digest, entries } = set
  return { offset, digest, entries, behind: Math.max(offset, ...offsets) - offset }
}

export interface PartitionRow {
  readonly name: string
  readonly group: string
  /** For example `match host-1 (123)`. Empty: none. */
  readonly owners: readonly string[]
  readonly unownedSeconds: number | undefined
  readonly waiting: number | undefined
  readonly lagSeconds: number | undefined
  readonly isWell: boolean
}

export function partitionRows({ partitions, processes }: FleetPicture): readonly PartitionRow[] {
  const names = new Map(
    processes.map(({ status }) => [status.process, `${status.role} ${status.host} (${status.pid})`]),
  )
  const rows = partitions.map((one): PartitionRow => {
    const name = `${one.topic}/${one.partition}`
    const row = {
      name,
      group: one.group,
      owners: one.owners.map((id) => names.get(id) ?? id.slice(0, 8)),
      unownedSeconds: one.unownedSeconds,
      waiting: waitingOf(one),
      lagSeconds: one.lagSeconds,
    }
    return { ...row, isWell: isWell(row) }
  })
  return rows.toSorted(
    (a, b) =>
      Number(a.isWell) - Number(b.isWell) ||
      Number(a.owners.length > 0) - Number(b.owners.length > 0) ||
      (b.lagSeconds ?? -1) - (a.lagSeconds ?? -1) ||
      a.name.localeCompare(b.name, 'en', { numeric: true }),
  )
}

const waitingOf = ({ next, end }: FleetPartition): number | undefined =>
  next === undefined || end === undefined ? undefined : Math.max(0, end - next)

/** Known to be owned and not to be late. */
const isWell = ({ owners, lagSeconds }: Omit<PartitionRow, 'isWell'>): boolean =>
  owners.length > 0 && lagSeconds !== undefined && lagSeconds <= (limitOf('lag-seconds') ?? Infinity)
