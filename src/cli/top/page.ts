// The page of `hashwarden top`, as lines of text. Pure. Unknown is a dash, never 0.
import type {
  FleetList,
  FleetPartition,
  FleetPicture,
  FleetPlatform,
  FleetProblem,
  FleetProcess,
} from '../../contract/fleet.ts'
import type { GatewayStatus } from '../../contract/status.ts'
import { duration } from '../../stream/status/duration.ts'
import { isStale } from '../../stream/status/fleet-lists.ts'
import { table, type Line } from './lines.ts'

const UNKNOWN = '–'
/** Platforms that are named. */
const MOST_PLATFORMS = 8
const MARKS = { urgent: '!!', warning: '! ', note: '  ' } as const
const STYLES = { urgent: 'red', warning: 'yellow', note: 'dim' } as const

export interface PageSize {
  readonly columns: number
  /** None: as many as there are. */
  readonly rows?: number
}

/** All that the picture tells, or as much of it as fits: problems come first. */
export function pageOf(picture: FleetPicture, { columns, rows = Infinity }: PageSize): readonly Line[] {
  const head = [headLine(picture)]
  const problems = problemLines(picture.problems, columns)
  const summary = [BLANK, ...summaryLines(picture)]
  const processes = processLines(picture)
  const partitions = partitionLines(picture)
  // The summary, and of each list its head and two of its lines, always have room.
  const room = rows - head.length - summary.length
  const kept = fitted(problems, Math.max(2, room - 8), 'more problems')
  const left = room - kept.length
  const ofProcesses = Math.max(Math.min(processes.length, Math.ceil(left / 2)), left - partitions.length)
  const shown = fitted(processes, ofProcesses, 'more processes')
  return [
    ...head,
    ...kept,
    ...summary,
    ...shown,
    ...fitted(partitions, left - shown.length, 'more partitions'),
  ].slice(0, rows)
}

const BLANK: Line = { text: '' }

/** The first lines, and how many are left out. */
function fitted(lines: readonly Line[], room: number, what: string): readonly Line[] {
  if (lines.length <= room) return lines
  const kept = Math.max(0, room - 1)
  return [
    ...lines.slice(0, kept),
    { text: `… and ${lines.length - kept} ${what}`, style: 'dim' as const },
  ].slice(0, Math.max(0, room))
}

function headLine({ at, processes, problems }: FleetPicture): Line {
  const running = processes.filter(({ state }) => state === 'running')
  const roles = [...Map.groupBy(running, ({ status }) => status.role)].map(
    ([role, some]) => `${some.length} ${role}`,
  )
  const wrong = problems.filter(({ severity }) => severity !== 'note').length
  const verdict = wrong === 0 ? 'all well' : `${wrong} ${wrong === 1 ? 'problem' : 'problems'}`
  return {
    text: `hashwarden top  ${at.slice(11, 19)} UTC  running: ${roles.join(', ') || 'none'}  ${verdict}`,
    style: 'bold',
  }
}

/** Each sentence may take several lines. */
const problemLines = (problems: readonly FleetProblem[], columns: number): readonly Line[] =>
  problems.flatMap(({ severity, text }) =>
    wrapped(text, columns - 3).map((part, index) => ({
      text: `${index === 0 ? MARKS[severity] : '  '} ${part}`,
      style: STYLES[severity],
    })),
  )

function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

function summaryLines({ at, totals, processes, platforms = [], lists = [] }: FleetPicture): readonly Line[] {
  const running = processes.filter(({ state }) => state === 'running').map(({ status }) => status)
  const matchers = running.flatMap(({ match }) => (match ? [match] : []))
  const sets = matchers.flatMap(({ knownSet }) => (knownSet ? [knownSet] : []))
  const newest = sets.toSorted((a, b) => b.offset - a.offset).at(0)
  const retro = matchers.map((match) => match.retro?.offset).find((offset) => offset !== undefined)
  const policies = [...new Set(matchers.map(({ policy }) => policy))]
  const review = running.find((status) => status.review?.openCases !== undefined)?.review
  const lines = [
    `Reports    ${number(totals.reportsReadPerSecond)}/s read, ${number(totals.reportsMatchedPerSecond)}/s matched; ${number(totals.lagRecords)} wait, the oldest for ${time(totals.lagSeconds)}`,
    `Found      ${number(totals.hitsPerSecond)}/s hits, ${number(totals.deadLettersPerSecond)}/s dead letters`,
    `Canaries   ${number(totals.canariesFound)} found, ${number(totals.canariesMissed)} missed; longest without one: ${time(totals.canaryAgeSeconds)}`,
    `Known set  ${number(newest?.entries)} entries at offset ${number(newest?.offset)}, digest ${newest?.digest ?? UNKNOWN}`,
    `Policy     ${policies.join(', ') || UNKNOWN}; looked back to offset ${number(retro)}`,
  ]
  if (running.some(({ role }) => role === 'review'))
    lines.push(
      `Review     ${number(review?.openCases)} open, ${number(review?.leasedCases)} leased, ${number(review?.decidedCases)} decided in 24 h; oldest ${time(review?.oldestCaseSeconds)}; ${number(review?.outboxRecords)} to publish`,
    )
  const gateways = running.flatMap(({ gateway }) => (gateway ? [gateway] : []))
  if (gateways.length > 0) lines.push(gatewayLine(gateways))
  if (platforms.length > 0) lines.push(platformsLine(platforms, Date.parse(at)))
  if (lists.length > 0) lines.push(`Lists      read to the end ${lists.map(listAge).join(', ')}`)
  return lines.map((text) => ({ text }))
}

/** Of all gateways together. */
function gatewayLine(gateways: readonly GatewayStatus[]): string {
  const sum = (value: (gateway: GatewayStatus) => number | undefined): number | undefined => {
    const known = gateways.map(value).filter((one) => one !== undefined)
    return known.length === 0 ? undefined : known.reduce((all, one) => all + one, 0)
  }
  const platforms = new Set(gateways.flatMap((gateway) => gateway.platforms.map(({ platform }) => platform)))
  const share = (sum((one) => one.inFlightBytes) ?? 0) / (sum((one) => one.inFlightLimitBytes) || 1)
  return `Gateway    ${number(sum((one) => one.perSecond?.accepted))}/s reports in ${number(sum((one) => one.perSecond?.requests))}/s requests of ${platforms.size} ${platforms.size === 1 ? 'platform' : 'platforms'}; ${number(100 * share)} % full`
}

const reportedMs = ({ lastReportAt }: FleetPlatform): number =>
  lastReportAt === undefined ? -Infinity : Date.parse(lastReportAt)

/** Those that reported latest; one whose reports come by Kafka is known by its canary alone. */
function platformsLine(platforms: readonly FleetPlatform[], nowMs: number): string {
  const ago = (iso: string | undefined): string =>
    iso === undefined ? UNKNOWN : `${time((nowMs - Date.parse(iso)) / 1_000)} ago`
  const shown = platforms
    .toSorted((a, b) => reportedMs(b) - reportedMs(a))
    .slice(0, MOST_PLATFORMS)
    .map(
      ({ platform, lastReportAt, lastCanaryAt }) =>
        `${platform} ${ago(lastReportAt)} (canary ${lastCanaryAt === undefined ? 'not found' : ago(lastCanaryAt)})`,
    )
  const more = platforms.length - shown.length
  return `Platforms  reported ${shown.join(', ')}${more > 0 ? `, and ${more} more` : ''}`
}

/** For example `ncmec 4 min ago`; `iwf never`; `tat 3 h ago (stale)`. */
function listAge(list: FleetList): string {
  const ago = list.checkedAt === undefined ? 'never' : `${time(list.ageSeconds)} ago`
  const marks = [isStale(list) && 'stale', list.problem?.code, list.pending && 'a change waits'].filter(
    Boolean,
  )
  return `${list.source} ${ago}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`
}

const PROCESS_HEAD = ['process', 'version', 'up', 'state', 'cpu', 'memory', 'delay', 'parts', 'read/s']

/** Those that are not well come first. */
function processLines({ processes, at }: FleetPicture): readonly Line[] {
  if (processes.length === 0) return []
  const ordered = processes.toSorted((a, b) => Number(isWell(a)) - Number(isWell(b)))
  const rows = ordered.map(({ state, status }) => [
    `${status.role} ${status.host}/${status.pid}`,
    status.version,
    time((Date.parse(at) - Date.parse(status.startedAt)) / 1000),
    stateOf(state, status.ready),
    status.cpuCores === undefined ? UNKNOWN : status.cpuCores.toFixed(2),
    `${Math.round(status.memory.rssBytes / 2 ** 20)} MiB`,
    milliseconds(status.eventLoopDelaySeconds),
    number((status.match ?? status.review)?.partitions.length),
    status.match ? number(status.match.perSecond?.reportsRead) : UNKNOWN,
  ])
  const styles = ordered.map(({ state, status }) =>
    state === 'silent' ? ('red' as const) : status.ready ? undefined : ('yellow' as const),
  )
  return [BLANK, ...table(PROCESS_HEAD, rows, styles)]
}

const isWell = ({ state, status }: FleetProcess): boolean => state === 'running' && status.ready

const stateOf = (state: FleetProcess['state'], ready: boolean): string =>
  state === 'running' ? (ready ? 'ready' : 'not ready') : state

const PARTITION_HEAD = ['partition', 'waiting', 'oldest', 'committed', 'owner']

/** Those that are furthest behind come first. */
function partitionLines({ partitions, processes }: FleetPicture): readonly Line[] {
  if (partitions.length === 0) return []
  const names = new Map(
    processes.map(({ status }) => [status.process, `${status.role} ${status.host}/${status.pid}`]),
  )
  const ordered = partitions.toSorted(
    (a, b) =>
      (b.unownedSeconds ?? 0) - (a.unownedSeconds ?? 0) ||
      (b.lagSeconds ?? 0) - (a.lagSeconds ?? 0) ||
      waitingOf(b) - waitingOf(a),
  )
  const rows = ordered.map((one) => [
    `${one.topic}/${one.partition}`,
    one.end === undefined ? UNKNOWN : number(waitingOf(one)),
    time(one.lagSeconds),
    number(one.next),
    one.owners.map((id) => names.get(id) ?? id).join(', ') || `none for ${time(one.unownedSeconds)}`,
  ])
  const styles = ordered.map(({ owners }) => (owners.length === 0 ? ('red' as const) : undefined))
  return [BLANK, ...table(PARTITION_HEAD, rows, styles)]
}

const waitingOf = ({ next = 0, end = 0 }: FleetPartition): number => end - next

/** With a digit after the point below ten, where that says something. */
const number = (value: number | undefined): string =>
  value === undefined ? UNKNOWN : value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 })

const time = (seconds: number | undefined): string =>
  seconds === undefined ? UNKNOWN : duration(Math.max(0, seconds))

const milliseconds = (seconds: number | undefined): string =>
  seconds === undefined ? UNKNOWN : `${Math.round(seconds * 1000)} ms`
