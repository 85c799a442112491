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
  { stage: 'search', so: 'The search is too slow for the reports that come: it takes' },
  { stage: 'decode', so: 'Decoding is too slow for the reports that come: it takes' },
  { stage: 'confirm', so: 'The main thread’s final match (confirm) is too slow: waiting for it takes' },
  { stage: 'acknowledge', so: 'The brokers take hits too slowly (acknowledge): waiting for them takes' },
  { stage: 'commit', so: 'The brokers take commits too slowly (commit): waiting for them takes' },
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
  return `${slow.so} ${share} of the time of ${counted(threads, 'matcher thread')}.`
}
