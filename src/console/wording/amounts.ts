// Amounts with their units, as short as they can be read. Unknown is a dash, never 0.
import type { PanelUnit } from '../../telemetry/panels/panel.ts'
import { bytes, count } from './times.ts'

export const UNKNOWN = '–'

type Known = number | null | undefined

/** A panel's unit as it stands beside its title; a step is the time between two values. */
export function unitWords(unit: PanelUnit, title: string, stepSeconds: number): string {
  if (unit === 'events') return `in ${duration(stepSeconds)}`
  if (unit === 'share') return 'percent'
  const words = unit.replace(' a second', ' per second')
  return title.toLowerCase().includes(words) ? '' : words
}

/** `1,240/s`, `310 ms`, `42 %`, `1.2 GB`, `48.2 M`. */
export function amount(value: Known, unit: PanelUnit): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return UNKNOWN
  if (unit === 'seconds') return duration(value)
  if (unit === 'bytes') return bytes(Math.round(value))
  if (unit === 'share') return `${digits(value * 100)} %`
  return unit === 'records a second' ? `${short(value)}/s` : short(value)
}

/** `12 ms`, `4.2 s`, `42 s`, `12 min`, `5 h`, `3 days`. */
export function duration(seconds: Known): string {
  if (seconds === undefined || seconds === null) return UNKNOWN
  if (seconds === 0) return '0 s'
  if (seconds < 0.9995) return `${Math.max(1, Math.round(seconds * 1_000))} ms`
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`
}

/** All digits up to 99,999; then thousands and millions with three digits. */
function short(value: number): string {
  if (value < 10) return digits(value)
  if (value < 99_999.5) return count(Math.round(value))
  const [scale, name] = value < 999_500 ? [1e3, 'k'] : value < 999_500_000 ? [1e6, 'M'] : [1e9, 'G']
  return `${Number((value / scale).toPrecision(3))} ${name}`
}

/** Two digits that say something, below ten. */
const digits = (value: number): string =>
  value < 10 ? String(Number(value.toPrecision(2))) : count(Math.round(value))
