// What needs an operator, the gravest first, and the one sentence over it. Pure.
import type { FleetProblem } from '../../../contract/fleet.ts'
import type { OperationsView, SeriesView } from '../../../contract/review.ts'
import { newest } from '../../charts/lines.ts'
import { amount, duration } from '../../wording/amounts.ts'
import { PROBLEM_WORDS } from '../../wording/problems.ts'
import { counted } from '../../wording/times.ts'
import { staleSeriesSeconds } from './freshness.ts'
import { areFresh } from './list-rows.ts'
import { linesOf, panelOf, worstOf } from './panels.ts'
import { slowStage } from './slow-stage.ts'

export interface Concern {
  readonly severity: FleetProblem['severity']
  readonly text: string
  /** What it means for reports. */
  readonly meaning: string
  /** The alert that its runbook is named after. */
  readonly runbook?: string
}

type Series = SeriesView | undefined

/** Of these panels any event is one too many, and is news for this time, in seconds. */
const EVENTS = ['canaries-missed', 'dead-letters', 'thread-deaths'] as const
const EVENT_NEWS_SECONDS = 600

/** Concerns of these runbooks are of matching that is slow. */
const LATE: ReadonlySet<string> = new Set([
  'HashwardenReportsWait',
  'HashwardenMatchingLate',
  'HashwardenHitsLate',
])

const ORDER: Readonly<Record<FleetProblem['severity'], number>> = { urgent: 0, warning: 1, note: 2 }

export function concernsOf(view: OperationsView, series: Series): readonly Concern[] {
  const problems = together(view.fleet?.problems ?? [])
  const told = [...problems.map(ofProblem), ...view.unseen.map(ofUnseen)]
  const runbooks = new Set(told.map(({ runbook }) => runbook))
  // A panel over its limit is news only if no sentence of the server is about the same.
  const seen = [...overLimits(series), ...recentEvents(series)].filter(
    ({ runbook }) => !runbooks.has(runbook),
  )
  const all = [...told, ...seen, ...unchangedLists(view)].toSorted(
    (a, b) => ORDER[a.severity] - ORDER[b.severity],
  )
  // Held hits hold up all behind them: then the stages explain nothing.
  const stage = problems.some(({ code }) => code === 'hits-held') ? undefined : slowStage(view, series)
  return stage === undefined ? all : withStage(all, stage)
}

/** The first concern of slow matching says why, in its own sentence; those below it are late for the same reason. */
function withStage(concerns: readonly Concern[], stage: string): readonly Concern[] {
  const first = concerns.find(({ runbook }) => LATE.has(runbook ?? ''))
  return concerns.map((concern) =>
    concern === first ? { ...concern, text: `${concern.text} ${stage}` } : concern,
  )
}

const NOT_READY = ' is not ready: '

const reasonOf = ({ code, text }: FleetProblem): string =>
  code === 'not-ready' ? `${NOT_READY}${text.split(NOT_READY)[1]}` : text

/** Processes that wait for the same are one thing to look at. */
function together(problems: readonly FleetProblem[]): readonly FleetProblem[] {
  return [...Map.groupBy(problems, reasonOf)].map(([reason, some]) =>
    some.length === 1
      ? some[0]
      : { ...some[0], text: `${some.length} processes${reason.replace(' is ', ' are ')}` },
  )
}

const ofProblem = ({ code, severity, text }: FleetProblem): Concern => ({
  severity,
  text,
  ...PROBLEM_WORDS[code],
})

const ofUnseen = ({ text }: OperationsView['unseen'][number]): Concern => ({
  severity: 'warning',
  text,
  meaning: 'What can’t be seen here may be wrong all the same.',
})

function overLimits(series: Series): Concern[] {
  return (series?.panels ?? []).flatMap(({ panel: id, lines }): Concern[] => {
    const panel = panelOf(id)
    if (panel?.limit === undefined) return []
    const { limit, unit, title, why, runbook } = panel
    const over = lines.filter((line) => (newest(line) ?? 0) > limit)
    if (over.length === 0) return []
    const values = over.map((line) => `${amount(newest(line), unit)} (${line.name})`)
    const text = `${title}: ${named(values)}. It should stay below ${amount(limit, unit)}.`
    return [{ severity: 'warning', text, meaning: why, runbook }]
  })
}

function recentEvents(series: Series): Concern[] {
  if (!series) return []
  const from = (series.times.at(-1) ?? 0) - EVENT_NEWS_SECONDS
  const first = series.times.findIndex((time) => time > from)
  return EVENTS.flatMap((id): Concern[] => {
    const panel = panelOf(id)
    const counts = linesOf(series, id)
      .map(({ name, values }) => ({ name, count: sum(values.slice(Math.max(0, first))) }))
      .filter(({ count }) => count > 0)
    if (!panel || counts.length === 0) return []
    const text = `${panel.title}: ${eventsText(counts)} in the last ${EVENT_NEWS_SECONDS / 60} minutes.`
    return [{ severity: 'warning', text, meaning: panel.why, runbook: panel.runbook }]
  })
}

/** The line that adds up the others of its panel, or is its only one. */
const ALL = 'all'

/** `5 (3 not-json, 2 empty)`; of one code `2 (not-json)`; without codes `2`. */
function eventsText(counts: readonly { readonly name: string; readonly count: number }[]): string {
  const codes = counts.filter(({ name }) => name !== ALL).toSorted((a, b) => b.count - a.count)
  const all = counts.find(({ name }) => name === ALL)?.count ?? sum(codes.map(({ count }) => count))
  const total = amount(all, 'events')
  if (codes.length === 0) return total
  const isOne = codes.length === 1 && codes[0].count === all
  return `${total} (${named(codes.map(({ name, count }) => (isOne ? name : `${amount(count, 'events')} ${name}`)))})`
}

const sum = (values: readonly (number | null)[]): number => values.reduce<number>((a, b) => a + (b ?? 0), 0)

function unchangedLists({ listsUnchanged, fleet }: OperationsView): Concern[] {
  // Sources that were read to their ends, and had nothing new, are no sign of an import that has stopped.
  if (!listsUnchanged || (fleet && areFresh(fleet))) return []
  return [
    {
      severity: 'note',
      text: 'No list has changed in the last 24 hours.',
      meaning: 'An import that has stopped looks like this. After three days it is an alert.',
      runbook: 'HashwardenListsUnchanged',
    },
  ]
}

const NAMED = 3
const named = (all: readonly string[]): string =>
  [...all.slice(0, NAMED), ...(all.length > NAMED ? [`and ${all.length - NAMED} more`] : [])].join(', ')

export interface Headline {
  readonly state: 'well' | 'wrong' | 'unknown'
  readonly text: string
}

const isNeeded = ({ severity }: Concern): boolean => severity !== 'note'

/** Is read out when its key changes: what changes with each look (a time, a rate) is no news. */
export function newsOf(
  { state, text }: Headline,
  concerns: readonly Concern[],
): { readonly key: string; readonly text: string } {
  const needed = concerns.filter(isNeeded)
  // Of concerns without a runbook the sentence is always the same.
  const keys = needed.map((one) => `${one.severity} ${one.runbook ?? one.text}`)
  return {
    key: [state, ...keys.toSorted()].join('\n'),
    text: [`${text}.`, ...needed.slice(0, NAMED).map((one) => one.text)].join(' '),
  }
}

/** A report that waits for less than this, in seconds, is on its way. */
const AT_ONCE_SECONDS = 1

/** All is well only if that is known. */
export function headlineOf(view: OperationsView, series: Series, concerns: readonly Concern[]): Headline {
  const needed = concerns.filter(isNeeded)
  const urgent = needed.filter(({ severity }) => severity === 'urgent').length
  if (needed.length > 0) {
    const which = urgent === 0 || urgent === needed.length ? '' : `, ${urgent} of them now`
    const when = urgent === needed.length ? ' now' : ''
    const text = `${counted(needed.length, 'thing')} ${needed.length === 1 ? 'needs' : 'need'} you${when}${which}`
    return { state: 'wrong', text }
  }
  if (!view.fleet) return { state: 'unknown', text: 'Nothing has been heard of any process yet' }
  const { lagSeconds } = view.fleet.totals
  if (lagSeconds === undefined)
    return { state: 'unknown', text: 'No fault is known, but how far matching is behind is unknown' }
  const doubt = doubtOf(view, series)
  if (doubt !== undefined) return { state: 'unknown', text: `No fault is known, but ${doubt}` }
  // Of the last seconds, which may be better than this moment.
  const within = worstOf(series, 'canary-seconds', '99')
  if (within !== undefined && lagSeconds <= Math.max(within, AT_ONCE_SECONDS))
    return { state: 'well', text: `All is well: reports are matched, 99 of 100 within ${duration(within)}` }
  const waits =
    lagSeconds === 0 ? 'no report waits' : `the oldest that waits came ${duration(lagSeconds)} ago`
  return { state: 'well', text: `All is well: reports are matched, ${waits}` }
}

/** Why charts can't tell that reports are matched; undefined: they tell it. */
function doubtOf({ at }: OperationsView, series: Series): string | undefined {
  if (!series) return 'the last minutes are not known yet'
  const stale = staleSeriesSeconds(series, Date.parse(at))
  if (stale !== undefined) return `what the charts show is ${duration(stale)} old`
  const canaryAge = worstOf(series, 'canary-age')
  return canaryAge === undefined ? 'it is not known yet whether canaries are found' : undefined
}
