// The problems of a deployment, in words, the gravest first.
import {
  SEVERITIES,
  type FleetList,
  type FleetPartition,
  type FleetProblem,
  type FleetProcess,
} from '../../contract/fleet.ts'
import type { MatchStatus, Status } from '../../contract/status.ts'
import { PUBLISHING_PART } from '../../telemetry/health-parts.ts'
import { duration } from './duration.ts'
import type { GroupPartitions } from './fleet.ts'
import { listProblems } from './list-problems.ts'

/** A rebalance leaves a partition without an owner for a moment: one that lasts longer, in seconds, is a problem. */
const UNOWNED_TOLD_SECONDS = 6
/** Age of the oldest report that is not matched, in seconds: worth a look; more than we promise. */
const LAG_WARNING_SECONDS = 10
const LAG_URGENT_SECONDS = 60
/** Every matcher has a change of known-hashes within a second; one that has not after this, in milliseconds, is behind. */
const BEHIND_TOLD_MS = 10_000
const OUTBOX_TOLD_SECONDS = 60
/** An error of a process is mentioned for this time, in milliseconds. */
const ERROR_TOLD_MS = 60_000
/** At most this many partitions or processes are named in a sentence. */
const NAMED = 5

export interface FleetFacts {
  readonly processes: readonly FleetProcess[]
  readonly partitions: readonly FleetPartition[]
  readonly groups: readonly GroupPartitions[]
  readonly lists?: readonly FleetList[]
  /** For how long no process has said that it keeps the lists up to date, in milliseconds. */
  readonly unsyncedMs: number
  /** For how long another process has had changes of known-hashes that this one lacks, in milliseconds. */
  readonly behindMs: (match: MatchStatus) => number
  readonly nowMs: number
}

export function fleetProblems(facts: FleetFacts): FleetProblem[] {
  const { processes } = facts
  const problems = [
    ...missingMatcher(facts),
    ...unownedPartitions(facts),
    ...heldHits(processes),
    ...lags(facts),
    ...policies(facts),
    ...knownSets(facts),
    ...processes.flatMap(silence),
    ...processes.flatMap(unreadiness),
    ...contested(facts),
    ...outbox(processes),
    ...listProblems({ lists: [], ...facts }),
    ...unknownLag(facts),
    ...versions(processes),
    ...processes.flatMap((one) => recentError(one, facts.nowMs)),
    ...processes.flatMap(stopping),
  ]
  return SEVERITIES.flatMap((severity) => problems.filter((one) => one.severity === severity))
}

/** For example `match on host-1 (pid 123)`. */
const processName = ({ role, host, pid }: Status): string => `${role} on ${host} (pid ${pid})`

const running = (processes: readonly FleetProcess[]): readonly Status[] =>
  processes.filter(({ state }) => state === 'running').map(({ status }) => status)

const matchers = (
  processes: readonly FleetProcess[],
): readonly { readonly status: Status; readonly match: MatchStatus }[] =>
  running(processes).flatMap((status) => (status.match ? [{ status, match: status.match }] : []))

function missingMatcher({ processes }: FleetFacts): FleetProblem[] {
  if (processes.some(({ state, status }) => status.role === 'match' && state === 'running')) return []
  const text =
    'No running matcher has been heard of: no report is matched, or no `hashwarden match` can write to the topic of statuses.'
  return [{ code: 'no-matcher', severity: 'urgent', text, processes: [] }]
}

function unownedPartitions({ partitions, processes }: FleetFacts): FleetProblem[] {
  // Without any matcher there is one sentence for all.
  if (matchers(processes).length === 0) return []
  const unowned = partitions.filter(({ unownedSeconds = 0 }) => unownedSeconds > UNOWNED_TOLD_SECONDS)
  return [...Map.groupBy(unowned, ({ topic }) => topic)].map(([topic, some]) => {
    const seconds = Math.max(...some.map(({ unownedSeconds = 0 }) => unownedSeconds))
    const names = named(some.map(({ partition }) => String(partition)))
    const text =
      some.length === 1
        ? `Partition ${names} of ${topic} is owned by no process for ${duration(seconds)}.`
        : `Partitions ${names} of ${topic} are owned by no process, the longest for ${duration(seconds)}.`
    return { code: 'partition-unowned', severity: 'urgent', text, processes: [] }
  })
}

function lags({ partitions, groups }: FleetFacts): FleetProblem[] {
  const roleOf = new Map(groups.map(({ group, role }) => [group, role]))
  return [...Map.groupBy(partitions, ({ group, topic }) => `${group} ${topic}`).values()].flatMap(
    (some): FleetProblem[] => {
      const late = some.filter(({ lagSeconds = 0 }) => lagSeconds > LAG_WARNING_SECONDS)
      if (late.length === 0) return []
      const [{ topic, group }] = late
      const lagSeconds = Math.max(...late.map((one) => one.lagSeconds ?? 0))
      const records = late.reduce((sum, { next = 0, end = 0 }) => sum + end - next, 0)
      const where =
        late.length === some.length && some.length > 1
          ? `all ${some.length} partitions of ${topic}`
          : `${late.length === 1 ? 'partition' : 'partitions'} ${named(late.map(({ partition }) => String(partition)))} of ${topic}`
      const isReview = roleOf.get(group) === 'review'
      const what = isReview ? 'hit that is no case yet' : 'report that is not matched yet'
      const text = `The oldest ${what} has waited for ${duration(lagSeconds)}; ${count(records)} wait in ${where}.`
      const severity = lagSeconds > LAG_URGENT_SECONDS ? 'urgent' : 'warning'
      return [
        {
          code: isReview ? 'intake-lag' : 'lag',
          severity,
          text,
          processes: [...new Set(late.flatMap(({ owners }) => owners))],
        },
      ]
    },
  )
}

/** What no reviewer will see: whatever the reason, it is the same for all that wait for one topic. */
function heldHits(processes: readonly FleetProcess[]): FleetProblem[] {
  const held = running(processes).flatMap((status) => {
    const why = status.waitingFor.find(({ code }) => code === PUBLISHING_PART)?.why
    return why === undefined ? [] : [{ status, why }]
  })
  if (held.length === 0) return []
  const who = named(held.map(({ status }) => processName(status)))
  const text = `Hits or dead letters can’t be published by ${who}: ${sentence(held[0].why)}`
  return [{ code: 'hits-held', severity: 'urgent', text, processes: idsOf(held) }]
}

function policies({ processes, nowMs }: FleetFacts): FleetProblem[] {
  const groups = Map.groupBy(matchers(processes), ({ match }) => match.group)
  const started = ({ startedAt }: Status): string =>
    `, started ${duration(Math.max(0, nowMs - Date.parse(startedAt)) / 1000)} ago`
  return [...groups].flatMap(([group, members]): FleetProblem[] => {
    const who = differing(
      members.map(({ status, match }) => ({ status, what: match.policy })),
      started,
    )
    if (who === undefined) return []
    const text = `Policies differ in the group ${group}, so the same report may make a hit or none: ${who}.`
    return [{ code: 'policies-differ', severity: 'urgent', text, processes: idsOf(members) }]
  })
}

function knownSets({ processes, behindMs }: FleetFacts): FleetProblem[] {
  const problems: FleetProblem[] = []
  const members = matchers(processes).flatMap(({ status, match }) =>
    match.knownSet ? [{ status, match, set: match.knownSet }] : [],
  )
  const topics = differing(members.map(({ status, set }) => ({ status, what: set.topicId ?? 'none' })))
  if (topics !== undefined) {
    const text = `Known sets are of different topics, so one topic was deleted: ${topics}.`
    problems.push({ code: 'sets-differ', severity: 'urgent', text, processes: idsOf(members) })
  }
  const positions = Map.groupBy(members, ({ set }) => `${set.topicId}@${set.offset}`)
  for (const some of positions.values()) {
    const digests = differing(some.map(({ status, set }) => ({ status, what: set.digest })))
    if (digests === undefined) continue
    const text = `Known sets differ at the same offset ${some[0].set.offset}, so one is wrong: ${digests}.`
    problems.push({ code: 'sets-differ', severity: 'urgent', text, processes: idsOf(some) })
  }
  for (const { status, match, set } of members) {
    const forMs = behindMs(match)
    if (forMs <= BEHIND_TOLD_MS) continue
    const newest = Math.max(
      ...members.filter((one) => one.set.topicId === set.topicId).map((one) => one.set.offset),
    )
    const text = `The known set of ${processName(status)} is at offset ${set.offset}, ${count(newest - set.offset)} behind the newest; another process went past it ${duration(forMs / 1000)} ago.`
    problems.push({ code: 'set-behind', severity: 'urgent', text, processes: [status.process] })
  }
  return problems
}

function silence({ state, heardSeconds, status }: FleetProcess): FleetProblem[] {
  if (state !== 'silent') return []
  const text = `${capital(processName(status))} has said nothing for ${duration(heardSeconds)}: it is gone, frozen, or cut off from Kafka.`
  return [{ code: 'process-silent', severity: 'urgent', text, processes: [status.process] }]
}

function unreadiness({ state, status }: FleetProcess): FleetProblem[] {
  if (state !== 'running' || status.ready) return []
  const reasons = status.waitingFor
    // That has a sentence of its own.
    .filter(({ code }) => code !== PUBLISHING_PART)
    .map(({ code, thread, why }) => `${thread === undefined ? '' : `thread ${thread}: `}${code}: ${why}`)
  if (reasons.length === 0 && status.waitingFor.length > 0) return []
  const text = sentence(`${capital(processName(status))} is not ready: ${named(reasons, '; ')}`)
  return [{ code: 'not-ready', severity: 'warning', text, processes: [status.process] }]
}

function contested({ partitions, processes }: FleetFacts): FleetProblem[] {
  const names = new Map(processes.map(({ status }) => [status.process, processName(status)]))
  return partitions
    .filter(({ owners }) => owners.length > 1)
    .map(({ topic, partition, owners }) => {
      const who = named(owners.map((id) => names.get(id) ?? id))
      // Each of them may have said so on its own side of a rebalance.
      const text = `Partition ${partition} of ${topic} is claimed by ${who}: harmless while the group rebalances.`
      return { code: 'partition-contested', severity: 'note', text, processes: [...owners] }
    })
}

function outbox(processes: readonly FleetProcess[]): FleetProblem[] {
  // All review services tell of the one outbox.
  const late = running(processes).find(({ review }) => (review?.outboxSeconds ?? 0) > OUTBOX_TOLD_SECONDS)
  if (!late) return []
  const { outboxSeconds = 0, outboxRecords } = late.review ?? {}
  const text = `Decisions wait for their topic, the oldest for ${duration(outboxSeconds)}${outboxRecords === undefined ? '' : `; ${count(outboxRecords)} wait`}.`
  return [{ code: 'outbox', severity: 'warning', text, processes: [late.process] }]
}

function unknownLag({ groups, processes }: FleetFacts): FleetProblem[] {
  const needed = groups.filter(
    ({ role }) => role === 'match' || processes.some(({ status }) => status.role === role),
  )
  if (needed.every(({ partitions }) => partitions !== undefined)) return []
  const text =
    'The brokers have not said how far partitions are: lags are what processes said last, or unknown.'
  return [{ code: 'broker-unknown', severity: 'warning', text, processes: [] }]
}

function versions(processes: readonly FleetProcess[]): FleetProblem[] {
  const all = running(processes)
  const text = differing(all.map((status) => ({ status, what: status.version })))
  return text === undefined
    ? []
    : [{ code: 'versions-differ', severity: 'note', text: `Versions differ: ${text}.`, processes: [] }]
}

function recentError({ state, status }: FleetProcess, nowMs: number): FleetProblem[] {
  const { lastError } = status
  if (state !== 'running' || !lastError) return []
  const agoMs = nowMs - Date.parse(lastError.at)
  if (agoMs > ERROR_TOLD_MS) return []
  const text = `${capital(processName(status))} had an error ${duration(Math.max(0, agoMs) / 1000)} ago: ${lastError.error}.`
  return [{ code: 'last-error', severity: 'note', text, processes: [status.process] }]
}

function stopping({ state, status }: FleetProcess): FleetProblem[] {
  if (state !== 'stopping') return []
  const text = `${capital(processName(status))} was asked to stop, and stops.`
  return [{ code: 'stopping', severity: 'note', text, processes: [status.process] }]
}

/** Which processes have which of several things, in words; undefined if all have the same. */
function differing(
  all: readonly { readonly status: Status; readonly what: string }[],
  more: (status: Status) => string = () => '',
): string | undefined {
  const groups = Map.groupBy(all, ({ what }) => what)
  if (groups.size < 2) return undefined
  // The rarest first: that is mostly the wrong one.
  return [...groups]
    .toSorted(([, a], [, b]) => a.length - b.length)
    .map(
      ([what, some]) =>
        `${what} on ${named(some.map(({ status }) => `${status.host} (pid ${status.pid}${more(status)})`))}`,
    )
    .join('; ')
}

const idsOf = (some: readonly { readonly status: Status }[]): string[] =>
  some.map(({ status }) => status.process)

/** The first five, and how many more there are. */
const named = (all: readonly string[], by = ', '): string =>
  [...all.slice(0, NAMED), ...(all.length > NAMED ? [`and ${all.length - NAMED} more`] : [])].join(by)

/** With one full stop. */
const sentence = (text: string): string => `${text.replace(/\.$/, '')}.`

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const count = (value: number): string => value.toLocaleString('en-US')
