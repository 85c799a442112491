// Renders any result file in full.
import type { Machine } from '../machine.ts'
import { on, readResult, table } from './table.ts'

interface Result extends Record<string, unknown> {
  readonly machine: Machine
}

/** In names of figures: they stay as they are. */
const PROPER = /(MiB|KiB|GiB|PostgreSQL)/

/** `quietMicrosPerQuery` as "quiet micros per query". */
export const inWords = (name: string): string =>
  name
    .split(PROPER)
    .map((part) => (PROPER.test(part) ? part : lowerWords(part)))
    .filter((part) => part !== '')
    .join(' ')

const lowerWords = (name: string): string =>
  name
    .replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
    .replaceAll(/(?<=^|\s)[A-Z](?=[a-z]|\s|$)/g, (start) => start.toLowerCase())
    .replaceAll(/([a-z])(\d)/g, '$1 $2')
    .trim()

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isRows = (value: unknown): value is Record<string, unknown>[] =>
  Array.isArray(value) && value.length > 0 && value.every(isObject)

function plain(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString('en', { maximumSignificantDigits: 6 })
  return Array.isArray(value) && value.length === 0 ? 'none' : String(value)
}

/** Name and value of every figure, those in objects by the names of both. */
function flatten(object: Record<string, unknown>, before = ''): [string, string][] {
  return Object.entries(object).flatMap(([name, value]): [string, string][] => {
    const whole = before + inWords(name)
    if (isObject(value)) return flatten(value, `${whole}: `)
    return isRows(value) ? [] : [[whole, plain(value)]]
  })
}

/**
 * A result file in full, as its benchmark wrote it: what was measured, its figures, and its rows if it has some. `note`
 * says how its figures go together.
 */
export function allFigures(name: string, title: string, note?: string): string {
  // Written by writeResult, which puts the machine in.
  const result = readResult(name) as Result | undefined
  if (!result) return ''
  const { machine, what, ...measured } = result
  delete measured['benchmark']
  const tables = Object.values(measured)
    .filter(isRows)
    .map((rows) => {
      const lines = rows.map((row) => flatten(row))
      const head = [...new Set(lines.flatMap((line) => line.map(([column]) => column)))]
      return table(
        head,
        lines.map((line) => head.map((column) => new Map(line).get(column) ?? '–')),
      )
    })
  const alone = flatten(measured)
  if (alone.length > 0) tables.unshift(table(['figure', 'measured'], alone))
  const said = typeof what === 'string' ? [`${what}.`] : []
  const noted = note === undefined ? [] : [note]
  return [`## ${title}`, ...said, ...tables, ...noted, `(${on(machine)})`].join('\n\n')
}
