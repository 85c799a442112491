// What a process has done between two of its statuses: differences of counts that grow from its start on. Another process,
// also one that was started in the place of another, has counts of its own.
import type { Histogram, MatchCounts, Status } from '../../contract/status.ts'
import { haveSameBounds, type Lines } from './sample.ts'

export interface StatusChange {
  /** Between the statuses. */
  readonly seconds: number
  readonly counts: Readonly<Partial<Record<keyof MatchCounts, number>>>
  readonly hitsByGrade: Lines | undefined
  readonly deadLettersByCode: Lines | undefined
  readonly stageSeconds: Lines | undefined
  readonly reportToHit: Histogram | undefined
  readonly canaryToMatch: Histogram | undefined
}

/** Undefined if one of them is no matcher's, or says nothing newer. */
export function statusChange(before: Status, now: Status): StatusChange | undefined {
  const { match: from } = before
  const { match: to } = now
  const numbers = now.number - before.number
  if (!from || !to || before.process !== now.process || numbers <= 0) return undefined
  const saidSeconds = (Date.parse(now.at) - Date.parse(before.at)) / 1000
  return {
    // A clock that was set meanwhile says nothing: statuses come at an even pace.
    seconds: saidSeconds > 0 ? saidSeconds : (numbers * now.everyMs) / 1000,
    counts: growth(from.counts, to.counts) ?? {},
    hitsByGrade: growth(from.hitsByGrade, to.hitsByGrade),
    deadLettersByCode: growth(from.deadLettersByCode, to.deadLettersByCode),
    stageSeconds: growth(from.stageSeconds, to.stageSeconds),
    reportToHit: histogramGrowth(from.reportToHit, to.reportToHit),
    canaryToMatch: histogramGrowth(from.canaryToMatch, to.canaryToMatch),
  }
}

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
