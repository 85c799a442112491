// Where the time of matching goes while reports wait: the sentence that tells a slow search from a slow broker. Pure.
import type { OperationsView, SeriesView } from '../../../contract/review.ts'
import { newest } from '../../charts/lines.ts'
import { amount } from '../../wording/amounts.ts'
import { counted } from '../../wording/times.ts'
import { linesOf } from './panels.ts'

/** A stage that takes this share of all threads is what they are busy with. */
const MOST = 0.5

/** In the order in which they explain each other: threads that search late also acknowledge late. */
const BUSY_WITH = [
  { stage: 'search', what: 'search' },
  { stage: 'decode', what: 'decoding reports' },
  { stage: 'confirm', what: 'waiting for the main thread’s final match (confirm)' },
  { stage: 'acknowledge', what: 'waiting for the brokers to take hits (acknowledge)' },
  { stage: 'commit', what: 'waiting for the brokers to take commits (commit)' },
] as const

/** Undefined: nothing is known of the stages, or of the threads. */
export function slowStage(view: OperationsView, series: SeriesView | undefined): string | undefined {
  const matchers = (view.fleet?.processes ?? []).flatMap(({ state, status }) =>
    state === 'running' && status.match ? [status.match] : [],
  )
  const threads = matchers.reduce((sum, match) => sum + Math.max(1, match.threads ?? 1), 0)
  const shares = new Map(linesOf(series, 'stages').map((line) => [line.name, newest(line)]))
  if (threads === 0 || [...shares.values()].every((share) => share === undefined)) return undefined
  const slow = BUSY_WITH.find(({ stage }) => (shares.get(stage) ?? 0) >= MOST * threads)
  if (!slow) return 'The matcher threads are idle for most of the time: matching itself is not slow.'
  const share = amount((shares.get(slow.stage) ?? 0) / threads, 'share')
  return `${share} of the time of ${counted(threads, 'matcher thread')} goes into ${slow.what}.`
}
