// Folds the picture of all processes into samples, one after the other: gauges as they are, rates and events as what changed
// since the sample before. Pure: times come in with what they are of.
import type { FleetPartition, FleetPicture, FleetProcess } from '../../contract/fleet.ts'
import type { Histogram, Status } from '../../contract/status.ts'
import { partitionName } from '../../log/event-log.ts'
import { addHistograms, MOST_LINES, type Lines, type PanelId, type Sample } from './sample.ts'
import {
  sinceStart,
  startedMs,
  statusChange,
  type HeardStatus,
  type StatusChange,
  type StatusGrowth,
} from './status-changes.ts'

/** The line of a panel that has only one, or that adds up the others. */
const ALL = 'all'

/** What the brokers say of a group, and when they were asked, by a clock that is never set. */
interface SampledGroup {
  readonly group: string
  readonly role: 'match' | 'review'
  readonly seenAtMs: number
}

/** What the review store says of what waits in it; undefined while it does not answer. */
export interface StoreFacts {
  /** Undecided cases by queue, and seconds since the oldest report of one; 0 where there is none. */
  readonly openCases: Lines
  readonly oldestSeconds: Lines
  readonly outboxRecords: number
  readonly outboxSeconds: number
}

export interface SampledFacts {
  readonly picture: FleetPicture
  readonly groups: readonly SampledGroup[]
  readonly store?: StoreFacts | undefined
}

/** A number that grows, when it was read, and how fast it has grown since it was read before. */
interface Grown {
  readonly count: number
  readonly atMs: number
  readonly perSecond: number | undefined
}

export class FleetSampler {
  /** By process. */
  #statuses = new Map<string, HeardStatus>()
  /** By process: what its last new status has told. It stands until the next one. */
  #changes = new Map<string, StatusChange>()
  /** When the sample before was taken, in milliseconds since 1970 by the brokers’ clock. */
  #sampledMs: number | undefined
  /** By topic: its end. By topic id: the position of known-hashes. */
  #grown = new Map<string, Grown>()

  sample({ picture, groups, store }: SampledFacts): Sample {
    const fresh = this.#note(picture.processes, Date.parse(picture.at))
    const running = picture.processes.filter(({ state }) => state === 'running')
    // A process that has just not said anything new goes on as it did.
    const rates = running.flatMap(({ status }) => this.#changes.get(status.process) ?? [])
    const roleOf = new Map(groups.map((one) => [one.group, one]))
    const ofRole = (role: SampledGroup['role']): readonly FleetPartition[] =>
      picture.partitions.filter(({ group }) => roleOf.get(group)?.role === role)
    const seenAtMs = groups.find(({ role }) => role === 'match')?.seenAtMs ?? 0
    const values: Partial<Record<PanelId, Lines>> = {
      ...this.#reportLines(ofRole('match'), seenAtMs, rates),
      ...lagLines(ofRole('match')),
      'intake-lag': lagSeconds(ofRole('review')),
      ...rateLines(rates),
      ...eventLines(fresh),
      ...processLines(running),
      ...this.#knownSetLines(running, Date.parse(picture.at)),
      ...(store ? storeLines(store) : {}),
    }
    return {
      values: Object.fromEntries(Object.entries(values).filter(([, lines]) => Object.keys(lines).length > 0)),
      times: timesOf(fresh),
    }
  }

  /** What the statuses tell that are new since the sample before. */
  #note(processes: readonly FleetProcess[], nowMs: number): readonly StatusGrowth[] {
    const statuses = new Map<string, HeardStatus>()
    const changes = new Map<string, StatusChange>()
    const fresh: StatusGrowth[] = []
    const sampledMs = this.#sampledMs ?? Infinity
    for (const { status, heardSeconds } of processes) {
      const { process } = status
      const heard = { status, heardAtMs: nowMs - heardSeconds * 1000 }
      const before = this.#statuses.get(process)
      const change = before && statusChange(before, heard)
      // One that is new has its events counted, and its pace from its next status on.
      const grown = change ?? (!before && startedMs(heard) > sampledMs ? sinceStart(status) : undefined)
      if (grown) fresh.push(grown)
      const last = change ?? this.#changes.get(process)
      if (last) changes.set(process, last)
      statuses.set(process, heard)
    }
    this.#statuses = statuses
    this.#changes = changes
    this.#sampledMs = nowMs
    return fresh
  }

  #reportLines(
    partitions: readonly FleetPartition[],
    seenAtMs: number,
    rates: readonly StatusChange[],
  ): Partial<Record<PanelId, Lines>> {
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)]
    const written = topics.flatMap(([topic, some]) => {
      const ends = some.flatMap(({ end }) => end ?? [])
      if (ends.length < some.length) return []
      const perSecond = this.#perSecond(`topic ${topic}`, sumOf(ends), seenAtMs)
      return perSecond === undefined
        ? []
        : [[topics.length === 1 ? 'written' : `written to ${topic}`, perSecond] as const]
    })
    return { reports: { ...most(written), ...line('matched', rateOf(rates, 'reportsMatched')) } }
  }

  #knownSetLines(running: readonly FleetProcess[], nowMs: number): Partial<Record<PanelId, Lines>> {
    const sets = running.flatMap(({ status }) => {
      const set = status.match?.knownSet
      return set ? [{ name: processName(status), retro: status.match?.retro, ...set }] : []
    })
    const frontierOf = (topicId: string | undefined): number =>
      Math.max(...sets.filter((one) => one.topicId === topicId).map(({ offset }) => offset))
    const topicIds = new Set(sets.map(({ topicId }) => topicId))
    const [topicId] = topicIds
    // While a topic is being replaced by another there are two histories, and no pace of one.
    const changes =
      topicIds.size === 1
        ? this.#perSecond(`known-hashes ${topicId ?? ''}`, frontierOf(topicId), nowMs)
        : undefined
    const looked = sets.flatMap(({ retro, ...set }) =>
      retro?.offset === undefined ? [] : [frontierOf(set.topicId) - retro.offset],
    )
    const waiting = sets.flatMap(({ retro }) => retro?.waitingPartitions ?? [])
    return {
      entries: least(sets.map(({ name, entries }) => [name, entries])),
      behind: most(sets.map(({ name, topicId: id, offset }) => [name, frontierOf(id) - offset])),
      changes: line(ALL, changes),
      'retro-behind': looked.length === 0 ? {} : { [ALL]: Math.max(0, Math.min(...looked)) },
      'retro-waiting': waiting.length === 0 ? {} : { [ALL]: Math.max(...waiting) },
    }
  }

  /** Undefined: not known yet, or it has fallen, as that of a recreated topic. Stands while nothing newer was read. */
  #perSecond(name: string, count: number, atMs: number): number | undefined {
    const before = this.#grown.get(name)
    if (before && before.atMs >= atMs) return before.perSecond
    const perSecond =
      before && count >= before.count ? ((count - before.count) * 1000) / (atMs - before.atMs) : undefined
    this.#grown.set(name, { count, atMs, perSecond })
    return perSecond
  }
}

const processName = ({ host, pid }: Status): string => `${host}/${pid}`

type NamedValue = readonly [name: string, value: number]

/** The greatest of these; of the same name, the greatest. */
const most = (values: readonly NamedValue[]): Lines => worst(values, (a, b) => b - a)

const least = (values: readonly NamedValue[]): Lines => worst(values, (a, b) => a - b)

/** The first ones by this order. */
function worst(values: readonly NamedValue[], order: (a: number, b: number) => number): Lines {
  const byName = new Map<string, number>()
  for (const [name, value] of values.toSorted((a, b) => order(a[1], b[1])))
    if (byName.size < MOST_LINES && !byName.has(name)) byName.set(name, value)
  return Object.fromEntries(byName)
}

const line = (name: string, value: number | undefined): Lines =>
  value === undefined ? {} : { [name]: value }

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

function lagLines(partitions: readonly FleetPartition[]): Partial<Record<PanelId, Lines>> {
  const waiting = partitions.flatMap(({ next, end, ...at }) =>
    next === undefined || end === undefined ? [] : [{ ...at, records: end - next }],
  )
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
  const whole = [...Map.groupBy(waiting, ({ topic }) => topic)].filter(
    ([topic, some]) => some.length === byTopic.get(topic)?.length,
  )
  return {
    'lag-records': most(whole.map(([topic, some]) => [topic, sumOf(some.map(({ records }) => records))])),
    'lag-seconds': lagSeconds(partitions),
    'partition-lag': most(waiting.map((one) => [partitionName(one), one.records])),
  }
}

function lagSeconds(partitions: readonly FleetPartition[]): Lines {
  const known = partitions.flatMap(({ topic, lagSeconds: seconds }): NamedValue[] =>
    seconds === undefined ? [] : [[topic, seconds]],
  )
  return most(known)
}

/** Of all running matchers together; undefined if none of them tells. */
function rateOf(rates: readonly StatusChange[], count: keyof StatusChange['counts']): number | undefined {
  const known = rates.flatMap(({ seconds, counts: { [count]: grown } }) =>
    grown === undefined ? [] : [grown / seconds],
  )
  return known.length === 0 ? undefined : sumOf(known)
}

/** The sums by name, each divided by its own time, or by 1 where they are no rates. */
function summed<Change extends StatusGrowth>(
  changes: readonly Change[],
  linesOf: (change: Change) => Lines | undefined,
  divisorOf: (change: Change) => number,
): Lines {
  const sums: Record<string, number> = {}
  for (const change of changes)
    for (const [name, grown] of Object.entries(linesOf(change) ?? {}))
      sums[name] = (sums[name] ?? 0) + grown / divisorOf(change)
  return sums
}

const rateLines = (rates: readonly StatusChange[]): Partial<Record<PanelId, Lines>> => ({
  hits: summed(
    rates,
    ({ hitsByGrade }) => hitsByGrade,
    ({ seconds }) => seconds,
  ),
  stages: summed(
    rates,
    ({ stageSeconds }) => stageSeconds,
    ({ seconds }) => seconds,
  ),
  'retro-reports': {
    ...line('reports', rateOf(rates, 'retroReports')),
    ...line('hits', rateOf(rates, 'retroHits')),
  },
})

/** Events have a line for all of them, which is 0 where it is known that there were none. */
function eventLines(fresh: readonly StatusGrowth[]): Partial<Record<PanelId, Lines>> {
  const all = (count: keyof StatusChange['counts']): Lines => {
    const known = fresh.flatMap(({ counts }) => counts[count] ?? [])
    return known.length === 0 ? {} : { [ALL]: sumOf(known) }
  }
  const codes = summed(
    fresh,
    ({ deadLettersByCode }) => deadLettersByCode,
    () => 1,
  )
  return {
    'canaries-missed': all('canariesMissed'),
    'dead-letters': {
      ...Object.fromEntries(Object.entries(codes).filter(([, count]) => count > 0)),
      ...all('deadLetters'),
    },
    'thread-deaths': all('threadDeaths'),
  }
}

function processLines(running: readonly FleetProcess[]): Partial<Record<PanelId, Lines>> {
  const statuses = running.map(({ status }) => status)
  const ages = statuses.flatMap((status): NamedValue[] =>
    status.match?.canaryAgeSeconds === undefined
      ? []
      : [[processName(status), status.match.canaryAgeSeconds]],
  )
  return {
    // Without any status it is not known that no process runs.
    ready:
      statuses.length === 0
        ? {}
        : { ready: statuses.filter(({ ready }) => ready).length, running: statuses.length },
    'canary-age': most(ages),
    memory: most(statuses.map((status) => [processName(status), status.memory.rssBytes])),
  }
}

const storeLines = (store: StoreFacts): Partial<Record<PanelId, Lines>> => ({
  'open-cases': store.openCases,
  'oldest-case': store.oldestSeconds,
  'outbox-records': { [ALL]: store.outboxRecords },
  'outbox-age': { [ALL]: store.outboxSeconds },
})

function timesOf(fresh: readonly StatusGrowth[]): Sample['times'] {
  const sum = (of: (change: StatusGrowth) => Histogram | undefined): Histogram | undefined =>
    fresh
      .map(of)
      .filter((one) => one !== undefined)
      .reduce(addHistograms, undefined)
  const times: Readonly<Partial<Record<PanelId, Histogram | undefined>>> = {
    'canary-seconds': sum(({ canaryToMatch }) => canaryToMatch),
    'report-to-hit': sum(({ reportToHit }) => reportToHit),
  }
  return Object.fromEntries(Object.entries(times).filter(([, histogram]) => histogram !== undefined))
}
