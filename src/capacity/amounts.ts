// A figure's value as people read it: never rounded to less than it is.
import type { Figure } from './figure.ts'

const BYTE_UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']

/** Up, to two digits: the third would say more than was measured. Whole numbers stay as they are. */
export function shownAmount({ value, unit }: Pick<Figure, 'value' | 'unit'>): string {
  if (unit === 'number') return value.toLocaleString('en')
  if (unit === 'seconds') return value < 120 ? `${twoDigits(value)} s` : `${twoDigits(value / 60)} min`
  const power = value < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(value) / 3))
  const text = `${twoDigits(value / 1000 ** power)} ${BYTE_UNITS[power]}`
  return unit === 'bytes' ? text : `${text}/s`
}

function twoDigits(value: number): string {
  if (value <= 0) return '0'
  const step = 10 ** (Math.floor(Math.log10(value)) - 1)
  // Divided and multiplied by powers of ten, a number is off in its last bits.
  return Number((Math.ceil(value / step - 1e-9) * step).toPrecision(2)).toLocaleString('en')
}
