// Times in words: how old, how long still, and both clocks.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `3 min`, `5 h`, `2 d`: the age of something, short. */
export function age(fromMs: number, nowMs: number): string {
  const ms = Math.max(0, nowMs - fromMs)
  if (ms < MINUTE) return '< 1 min'
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`
  return `${Math.floor(ms / DAY)} d`
}

/** `3 min ago`, `just now`. */
export const ago = (fromMs: number, nowMs: number): string =>
  nowMs - fromMs < MINUTE ? 'just now' : `${age(fromMs, nowMs)} ago`

/** `9:41`: the rest of a time, in minutes and seconds. */
export function rest(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

const FORM = { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' } as const
const UTC = new Intl.DateTimeFormat('en-GB', { ...FORM, timeZone: 'UTC' })
const LOCAL = new Intl.DateTimeFormat('en-GB', { ...FORM, timeZoneName: 'short' })

export const utcTime = (iso: string): string => `${UTC.format(Date.parse(iso))} UTC`
export const localTime = (iso: string): string => LOCAL.format(Date.parse(iso))

const DATE = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
})
export const utcDay = (iso: string): string => DATE.format(Date.parse(iso))

const SHORT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})
/** Without the year, for lists whose heading says UTC. */
export const utcShort = (iso: string): string => SHORT.format(Date.parse(iso))

const COUNT = new Intl.NumberFormat('en-GB')
export const count = (value: number): string => COUNT.format(value)
/** `1 hit`, `12 hits`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** `1.2 MB`, in powers of ten as file managers show it. */
export function bytes(value: number): string {
  if (value < 1_000) return `${value} B`
  const scale =
    value < 1e6 ? ([1e3, 'kB'] as const) : value < 1e9 ? ([1e6, 'MB'] as const) : ([1e9, 'GB'] as const)
  return `${Number((value / scale[0]).toPrecision(3))} ${scale[1]}`
}

/** Enough of a reference to tell two apart; the whole of it is copied, which is an entry of the audit. */
export const masked = (reference: string): string =>
  reference.length <= 10 ? `${reference.slice(0, 2)}…` : `${reference.slice(0, 4)}…${reference.slice(-4)}`

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const CLOCK_SECONDS = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
/** `14:03` of the reader's own zone, of seconds since 1970. */
export const clockTime = (seconds: number): string => CLOCK.format(seconds * 1_000)
/** `14:03:20`, of the same. */
export const clockSeconds = (seconds: number): string => CLOCK_SECONDS.format(seconds * 1_000)

const DAY_CLOCK = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' })
/** `Mon 14:03`, of the same. */
export const dayTime = (seconds: number): string => DAY_CLOCK.format(seconds * 1_000).replace(',', '')
