// Dates as tables have them, in a form that is declared: none is guessed.
import { timeOf } from './field-values.ts'
import type { CsvMapping } from './csv-mapping.ts'

type DateForm = NonNullable<CsvMapping['dates']>

const CLOCK = String.raw`(?:[T ]+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z)?)?$`
const patterns = new Map<DateForm, RegExp>()

/** A date of this form as RFC 3339 in UTC; undefined if it is none, as 31/02/2026 is none. */
export function dateOf(form: DateForm, printed: string): string | undefined {
  if (form === 'RFC 3339') return /T.*(Z|[+-]\d\d:\d\d)$/i.test(printed) ? timeOf(printed) : undefined
  const parts = patternOf(form).exec(printed.trim())
  if (!parts?.groups) return undefined
  const { Y: year, M: month, D: day } = parts.groups
  const [hours = '00', minutes = '00', seconds = '00'] = parts.slice(4)
  const text = `${year}-${month}-${day}T${hours.padStart(2, '0')}:${minutes}:${seconds}.000Z`
  const date = new Date(text)
  // A day that the month doesn't have becomes one of the next month.
  return !Number.isNaN(date.getTime()) && date.toISOString() === text ? text : undefined
}

function patternOf(form: DateForm): RegExp {
  const known = patterns.get(form)
  if (known) return known
  const day = form
    .replaceAll(/[./-]/g, String.raw`\$&`)
    .replace('YYYY', String.raw`(?<Y>\d{4})`)
    .replace('MM', String.raw`(?<M>\d\d)`)
    .replace('DD', String.raw`(?<D>\d\d)`)
  const pattern = new RegExp(`^${day}${CLOCK}`)
  patterns.set(form, pattern)
  return pattern
}
