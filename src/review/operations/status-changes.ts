// What a process has done between two of its statuses: differences of counts that grow from its start on. Another process,
// also one that was started in the place of another, has counts of its own.
import type { Histogram, MatchCounts, MatchStatus, Status } from '../../contract/status.ts'
import { haveSameBounds, type Lines } from './sample.ts'

/** By how much the counts have grown. */
export interface StatusGrowth {
  readonly counts: Readonly<Partial<Record<keyof MatchCounts, number>>>
  readonly hitsByGrade: Lines | undefined
  readonly deadLettersByCode: Lines | undefined
  readonly stageSeconds: Lines | undefined
  readonly reportToHit: Histogram | undefined
  readonly canaryToMatch: Histogram | undefined
}

export interface StatusChange extends StatusGrowth {
  /** Between the statuses. */
  readonly seconds: number
}

/** A status, and when the broker got it, in milliseconds since 1970. */
export interface HeardStatus {
  readonly status: Status
  readonly heardAtMs: number
}

/** Undefined if one of them is no matcher's, or says nothing newer. */
export function statusChange(before: HeardStatus, now: HeardStatus): StatusChange | undefined {
  const { status: from } = before
  const { status: to } = now
  const numbers = to.number - from.number
  if (!to.match || from.process !== to.process || numbers <= 0) return undefined
  const saidMs = Date.parse(to.at) - Date.parse(from.at)
  // Its clock may be set, a record may be held up on its way, and the process itself, which then skips numbers. The middle one of
  // the three times is right unless two of that happen at once.
  const ms = middle(saidMs, now.heardAtMs - before.heardAtMs, numbers * to.everyMs)
  // Before its part ran, it had counted nothing.
  return { seconds: Math.max(1, ms) / 1000, ...matchGrowth(from.match ?? atStart(to.match), to.match) }
}

/** What a matcher has counted since its start. */
export const sinceStart = ({ match }: Status): StatusGrowth | undefined =>
  match && matchGrowth(atStart(match), match)

/** When it started, by the clock of the broker: its own may differ. */
export const startedMs = ({ status: { at, startedAt }, heardAtMs }: HeardStatus): number =>
  heardAtMs - (Date.parse(at) - Date.parse(startedAt))

const middle = (...numbers: readonly [number, number, number]): number => numbers.toSorted((a, b) => a - b)[1]

type Counted = Pick<MatchStatus, keyof StatusGrowth>

const matchGrowth = (from: Counted, to: Counted): StatusGrowth => ({
  counts: growth(from.counts, to.counts) ?? {},
  hitsByGrade: growth(from.hitsByGrade, to.hitsByGrade),
  deadLettersByCode: growth(from.deadLettersByCode, to.deadLettersByCode),
  stageSeconds: growth(from.stageSeconds, to.stageSeconds),
  reportToHit: histogramGrowth(from.reportToHit, to.reportToHit),
  canaryToMatch: histogramGrowth(from.canaryToMatch, to.canaryToMatch),
})

/** As these counts were before anything was counted. */
const atStart = ({ reportToHit, canaryToMatch }: Counted): Counted => ({
  counts: {},
  hitsByGrade: {},
  deadLettersByCode: {},
  stageSeconds: {},
  ...(reportToHit ? { reportToHit: withoutAny(reportToHit) } : {}),
  ...(canaryToMatch ? { canaryToMatch: withoutAny(canaryToMatch) } : {}),
})

const withoutAny = ({ bounds, counts }: Histogram): Histogram => ({ bounds, counts: counts.map(() => 0) })

type Amounts = Readonly<Partial<Record<string, number>>>

/** What was left out of the first counts of a process, and is in its later ones, has begun at 0. */
function growth(from: Amounts | undefined, to: Amounts | undefined): Lines | undefined {
  if (!from || !to) return undefined
  return Object.fromEntries(
    Object.entries(to).flatMap(([name, count = 0]) => [[name, Math.max(0, count - (from[name] ?? 0))]]),
  )
}

function histogramGrowth(from: Histogram | undefined, to: Histogram | undefined): Histogram | undefined {
  if (!from || !to || !haveSameBounds(from, to)) return undefined
  return { bounds: to.bounds, counts: to.counts.map((count, at) => Math.max(0, count - from.counts[at])) }
}
