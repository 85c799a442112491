// Folds statuses, and what the brokers say, into a picture of all processes. Pure: every time comes in with what it is of.
import { timestampOf } from '../../contract/primitives.ts'
import type { FleetPartition, FleetPicture, FleetProcess } from '../../contract/fleet.ts'
import { listRecordKey, type ListState } from '../../contract/list-state.ts'
import type { MatchCounts, MatchStatus, PartitionStatus, Status } from '../../contract/status.ts'
import { partitionName } from '../../log/event-log.ts'
import { withoutUnknown } from './counted.ts'
import { fleetLists } from './fleet-lists.ts'
import { FleetPlatforms } from './fleet-platforms.ts'
import { fleetProblems } from './fleet-problems.ts'
import { silentAfterMs } from './silence.ts'

/** A silent process is shown for this long, in milliseconds; one that said that it stops, for the time above. */
const FORGOTTEN_AFTER_MS = 600_000
/** Of a fleet that hears, and may never be looked at: it forgets this often, in milliseconds. */
const FORGETS_EVERY_MS = 60_000

/** What the broker says of the partitions that a consumer group reads; undefined while it does not answer. */
export interface GroupPartitions {
  readonly group: string
  /** Which processes are in the group. */
  readonly role: 'match' | 'review'
  readonly partitions: readonly PartitionStatus[] | undefined
}

interface Heard {
  readonly status: Status
  readonly atMs: number
}

/** The known set had been read to this offset by some process at this time. */
interface Frontier {
  readonly topicId: string | undefined
  readonly offset: number
  readonly atMs: number
}

/** Times are milliseconds since 1970 by the brokers' clock, as they stamp records. */
export class Fleet {
  readonly #heard = new Map<string, Heard>()
  /** When somebody last said that the partition is its own, by group and name. */
  readonly #ownedAtMs = new Map<string, number>()
  #frontiers: Frontier[] = []
  readonly #listStates = new Map<string, ListState>()
  readonly #platforms = new FleetPlatforms()
  /** When a process last said that it keeps the lists up to date. */
  #syncedAtMs: number | undefined
  #sinceMs: number | undefined
  #forgotAtMs = 0

  /** A record of the topic of statuses, which the broker stamped with this time. */
  hear(status: Status, atMs: number): void {
    const before = this.#heard.get(status.process)
    // The last record may overtake the one before it.
    if (before && before.status.number >= status.number) return
    this.#heard.set(status.process, { status, atMs })
    this.#sinceMs = Math.min(this.#sinceMs ?? atMs, atMs)
    this.#platforms.hear(status, atMs)
    if (atMs - this.#forgotAtMs > FORGETS_EVERY_MS) this.#forget(atMs)
    if (status.state === 'stopping') return
    for (const { group, partitions } of consumersOf(status))
      for (const at of partitions) this.#ownedAtMs.set(`${group} ${partitionName(at)}`, atMs)
    this.#noteFrontier(status.match, atMs)
    if (status.lists?.active) this.#syncedAtMs = Math.max(this.#syncedAtMs ?? atMs, atMs)
  }

  /** A record of the topic of lists: how far a source had been read. */
  hearList(state: ListState): void {
    this.#listStates.set(listRecordKey(state), state)
  }

  /** The record with this key was removed. */
  forgetList(key: string): void {
    this.#listStates.delete(key)
  }

  picture(groups: readonly GroupPartitions[], nowMs: number): FleetPicture {
    this.#forget(nowMs)
    const processes = [...this.#heard.values()].map((one) => processOf(one, nowMs)).toSorted(byPlace)
    const partitions = groups
      .filter(({ role }) => role === 'match' || processes.some(({ status }) => status.role === role))
      .flatMap((group) => this.#partitionsOf(group, processes, nowMs))
    const lists = fleetLists(processes, [...this.#listStates.values()], nowMs)
    const platforms = this.#platforms.picture(processes, nowMs)
    const picture = {
      processes,
      partitions,
      ...(lists.length === 0 ? {} : { lists: [...lists] }),
      ...(platforms.length === 0 ? {} : { platforms: [...platforms] }),
      totals: totalsOf(processes, partitions, groups),
    }
    const unsyncedMs = nowMs - (this.#syncedAtMs ?? this.#sinceMs ?? nowMs)
    return {
      schema: 'fleet/1',
      at: timestampOf(nowMs),
      problems: fleetProblems({
        ...picture,
        groups,
        behindMs: (match) => this.#behindMs(match, nowMs),
        unsyncedMs,
        nowMs,
      }),
      ...picture,
    }
  }

  #forget(nowMs: number): void {
    this.#forgotAtMs = nowMs
    for (const [process, { status, atMs }] of this.#heard) {
      const afterMs = status.state === 'stopping' ? silentAfterMs(status) : FORGOTTEN_AFTER_MS
      if (nowMs - atMs > afterMs) this.#heard.delete(process)
    }
    this.#frontiers = this.#frontiers.filter(({ atMs }) => nowMs - atMs <= FORGOTTEN_AFTER_MS)
  }

  #noteFrontier(match: MatchStatus | undefined, atMs: number): void {
    const set = match?.knownSet
    if (!set) return
    const { topicId, offset } = set
    const isNew = this.#frontiers.every((one) => one.topicId !== topicId || one.offset < offset)
    if (isNew) this.#frontiers.push({ topicId, offset, atMs })
  }

  /** For how long another process has had changes of known-hashes that this one lacks. */
  #behindMs({ knownSet }: MatchStatus, nowMs: number): number {
    if (!knownSet) return 0
    const ahead = this.#frontiers
      .filter(({ topicId, offset }) => topicId === knownSet.topicId && offset > knownSet.offset)
      .map(({ atMs }) => atMs)
    return ahead.length === 0 ? 0 : nowMs - Math.min(...ahead)
  }

  #partitionsOf(
    { group, partitions }: GroupPartitions,
    processes: readonly FleetProcess[],
    nowMs: number,
  ): readonly FleetPartition[] {
    const running = processes.filter(({ state }) => state === 'running')
    const owners = new Map<string, { readonly ids: string[]; readonly said: PartitionStatus }>()
    for (const { status } of running)
      for (const consumer of consumersOf(status).filter((one) => one.group === group))
        for (const said of consumer.partitions) {
          const known = owners.get(partitionName(said))
          if (known) known.ids.push(status.process)
          else owners.set(partitionName(said), { ids: [status.process], said })
        }
    // While the brokers don't answer, what the owners said last has to do.
    const all = partitions ?? [...owners.values()].map(({ said }) => said)
    return all.toSorted(byName).map((one) => {
      const name = partitionName(one)
      const ids = owners.get(name)?.ids ?? []
      const ownedMs = this.#ownedAtMs.get(`${group} ${name}`) ?? this.#sinceMs
      const unownedSeconds =
        ids.length > 0 || ownedMs === undefined ? undefined : Math.max(0, nowMs - ownedMs) / 1000
      return { ...one, group, owners: ids, ...withoutUnknown({ unownedSeconds }) }
    })
  }
}

function processOf({ status, atMs }: Heard, nowMs: number): FleetProcess {
  const silentMs = Math.max(0, nowMs - atMs)
  const state = silentMs > silentAfterMs(status) ? 'silent' : status.state
  return { state, heardSeconds: silentMs / 1000, status }
}

const consumersOf = ({
  match,
  review,
}: Status): readonly { readonly group: string; readonly partitions: readonly PartitionStatus[] }[] =>
  [match, review].filter((one) => one !== undefined)

const byPlace = ({ status: a }: FleetProcess, { status: b }: FleetProcess): number =>
  a.role.localeCompare(b.role) || a.host.localeCompare(b.host) || a.pid - b.pid

const byName = (a: PartitionStatus, b: PartitionStatus): number =>
  a.topic.localeCompare(b.topic) || a.partition - b.partition

function totalsOf(
  processes: readonly FleetProcess[],
  partitions: readonly FleetPartition[],
  groups: readonly GroupPartitions[],
): FleetPicture['totals'] {
  const matchers = processes
    .filter(({ state }) => state === 'running')
    .map(({ status }) => status.match)
    .filter((match) => match !== undefined)
  const rate = (count: keyof NonNullable<MatchStatus['perSecond']>): number | undefined =>
    sumOf(matchers.map(({ perSecond }) => perSecond?.[count]))
  const count = (name: keyof MatchCounts): number | undefined =>
    sumOf(matchers.map(({ counts }) => counts[name]))
  const matching = new Set(groups.filter(({ role }) => role === 'match').map(({ group }) => group))
  const reports = partitions.filter(({ group }) => matching.has(group))
  const isKnown = reports.length > 0 && reports.every(({ end }) => end !== undefined)
  return withoutUnknown({
    reportsReadPerSecond: rate('reportsRead'),
    reportsMatchedPerSecond: rate('reportsMatched'),
    hitsPerSecond: rate('hits'),
    deadLettersPerSecond: rate('deadLetters'),
    lagRecords: isKnown ? reports.reduce((sum, { next = 0, end = 0 }) => sum + end - next, 0) : undefined,
    lagSeconds: isKnown ? greatestOf(reports.map(({ lagSeconds }) => lagSeconds)) : undefined,
    canariesFound: count('canariesFound'),
    canariesMissed: count('canariesMissed'),
    canaryAgeSeconds: greatestOf(matchers.map(({ canaryAgeSeconds }) => canaryAgeSeconds)),
  })
}

/** The sum of the known ones; undefined if there is none. */
function sumOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b)
}

function greatestOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}
