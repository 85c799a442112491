// Series that a real fault has made, in few bytes: what is kept of them, and how they go on before and behind what was
// recorded, so that rules that wait for hours can be held against them.

/** Values of one series, one for each look; undefined where it had none. */
export type Values = readonly (number | undefined)[]

/** Of one real run in which a fault struck. */
export interface Recording {
  /** The commit of the sources that ran. */
  readonly commit: string
  readonly everySeconds: number
  /** Looks before the fault. */
  readonly before: number
  /** The processes that were looked at; left out: all but the daemon of lists. */
  readonly processes?: readonly string[]
  /**
   * By name and labels the series of each process, or of all of them where they are the same: `1x3 _ 2.5` are three ones,
   * a look without a value, and 2.5.
   */
  readonly series: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

/** The processes of a recording, and the job of each. */
export const JOBS: Readonly<Record<string, string>> = {
  one: 'hashwarden',
  two: 'hashwarden',
  review: 'hashwarden-review',
  sync: 'hashwarden-sync',
  serve: 'hashwarden-serve',
  gateway: 'hashwarden-gateway',
}

/** Those of recordings that name none. */
const BEFORE_LISTS = ['one', 'two', 'review']

export function encodeValues(values: Values): string {
  const runs: { text: string; count: number }[] = []
  for (const value of values) {
    const text = value === undefined ? '_' : String(value)
    const last = runs.at(-1)
    if (last?.text === text) last.count++
    else runs.push({ text, count: 1 })
  }
  return runs.map(({ text, count }) => (count === 1 ? text : `${text}x${count}`)).join(' ')
}

export const decodeValues = (text: string): Values =>
  text.split(' ').flatMap((run) => {
    const [value, count = '1'] = run.split('x')
    return Array<number | undefined>(Number(count)).fill(value === '_' ? undefined : Number(value))
  })

/** Each series of a process: name, labels as Prometheus writes them, and values. */
export interface RecordedSeries {
  readonly name: string
  readonly labels: string
  readonly instance: string
  readonly values: Values
}

export const seriesOf = ({ series, processes = BEFORE_LISTS }: Recording): readonly RecordedSeries[] =>
  Object.entries(series).flatMap(([key, recorded]) => {
    const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(key) ?? []
    const each =
      typeof recorded === 'string'
        ? processes.map((instance) => [instance, recorded])
        : Object.entries(recorded)
    return each.map(([instance, values]) => ({ name, labels, instance, values: decodeValues(values) }))
  })

/** How a recording is played. */
export interface Play {
  readonly everySeconds: number
  /** How long all was well before the recorded fault, and how long it lasts. */
  readonly quietSeconds: number
  readonly faultSeconds: number
  /** Looks at the end of the recording that show the fault as it goes on. */
  readonly steadyLooks: number
  /** Gauges that go on growing as they did in the fault. */
  readonly growing?: readonly string[] | undefined
}

/**
 * The values that a series would have had if all had been well for long before, and if nobody had mended the fault. The
 * recorded part is played at its own pace and as it was. Before it, its looks before the fault are repeated; behind it, its
 * last looks are. What counts, or tells a position or an age, goes on by what it grew in them; a gauge has the same
 * values again.
 */
export function stretched({ name, values }: RecordedSeries, recording: Recording, play: Play): Values {
  const { everySeconds, before } = recording
  const step = play.everySeconds / everySeconds
  const period = periodOf(recording, play)
  const cycles = Math.ceil(play.quietSeconds / (period * everySeconds))
  const quietLooks = cycles * period
  const steadyLooks = withoutBeat(play.steadyLooks, step)
  const grownBefore = growth(name, values.slice(0, period + 1), everySeconds)
  const grownBehind = growth(name, values.slice(-steadyLooks - 1), everySeconds, play.growing)
  const raise = cycles * grownBefore
  const at = (look: number): number | undefined => {
    if (look < quietLooks) return plus(values[look % period], Math.floor(look / period) * grownBefore)
    const recorded = look - quietLooks
    if (recorded < values.length) return plus(values[recorded], raise)
    const further = recorded - values.length
    const again = values[values.length - steadyLooks + (further % steadyLooks)]
    return plus(again, raise + Math.floor(further / steadyLooks + 1) * grownBehind)
  }
  const startedLater = quietLooks * everySeconds
  const looks = Math.floor((quietLooks + before + play.faultSeconds / everySeconds) / step)
  return Array.from({ length: looks + 1 }, (_, n) => {
    const value = at(Math.round(n * step))
    // Zero is the beginning of the recording: what started later has to have done so later still.
    return name === 'process_start_time_seconds' && (value ?? 0) > 0 ? plus(value, startedLater) : value
  })
}

/** When the fault strikes in what `stretched` gives, in seconds. */
export function faultAt(recording: Recording, play: Play): number {
  const { everySeconds, before } = recording
  const period = periodOf(recording, play) * everySeconds
  return Math.ceil(play.quietSeconds / period) * period + before * everySeconds
}

/** Looks before the fault that are repeated. The last one of before begins the repetition again. */
const periodOf = ({ before, everySeconds }: Recording, { everySeconds: scrape }: Play): number =>
  withoutBeat(before - 1, scrape / everySeconds)

/** At most so many looks, but none that share a factor with the step of scrapes: those would see only some of them. */
const withoutBeat = (looks: number, step: number): number =>
  greatestDivisor(looks, step) === 1 ? looks : withoutBeat(looks - 1, step)

const greatestDivisor = (one: number, other: number): number =>
  other === 0 ? one : greatestDivisor(other, one % other)

const plus = (value: number | undefined, more: number): number | undefined =>
  value === undefined ? undefined : Math.round((value + more) * 1_000) / 1_000

/** How much a series grows by from one repetition to the next: by what it grew in these looks, or not at all. */
function growth(name: string, values: Values, everySeconds: number, growing: readonly string[] = []): number {
  const first = values.at(0)
  const last = values.at(-1)
  if (first === undefined || last === undefined) return 0
  const grown = last - first
  const seconds = (values.length - 1) * everySeconds
  const counts = /_(total|bucket|count|sum|offset)$/.test(name) || growing.includes(name)
  const isAge = name.endsWith('_seconds') && Math.abs(grown - seconds) < seconds / 5
  return counts || isAge ? Math.max(grown, 0) : 0
}
