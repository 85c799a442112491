// Writes a list's entries in a format that others read, and counts what the format can't hold.
import { mayBePassedOn, type Others } from '../../contract/handling.ts'
import type { Entry } from '../../contract/known-hash.ts'
import { OWN_CSV } from '../formats/own-csv.ts'
import type { EntryFormat } from '../formats/entry-format.ts'
import { PLAIN_LINES } from '../formats/lines.ts'
import { loadScheme, schemeNames } from '../schemes/load-scheme.ts'
import { vicsText } from '../writers/vics.ts'

export const EXPORT_FORMATS = ['vics', 'csv', 'lines'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export interface Exported {
  written: number
  /** Entries that the format would say something else of: held back, suppressing, canaries, of another scheme. */
  leftOut: number
}

/** A file in this format has one scheme, and the entries have several, or none of the one that was named. */
class SchemeChoiceError extends Error {
  readonly code = 'SCHEME_CHOICE'
  override readonly name = 'SchemeChoiceError'
}

const WRITTEN: Readonly<Record<Exclude<ExportFormat, 'vics'>, EntryFormat>> = {
  csv: OWN_CSV,
  lines: PLAIN_LINES,
}

/** Whether an entry may be given to this audience. */
export const mayLeave = ({ handling }: Pick<Entry, 'handling'>, audience: Others): boolean =>
  mayBePassedOn(handling, [audience])

/**
 * A piece of text at a time; `counts` says afterwards what came of the entries. `scheme` is for formats that hold one:
 * entries of others are left out. @throws SchemeChoiceError
 */
export function exportText(
  entries: readonly Entry[],
  format: ExportFormat,
  counts: Exported,
  scheme?: string,
): Iterable<string> {
  if (format !== 'vics') return textOf(entries, format, counts)
  const matched = entries.filter(({ held, role }) => !held && role === 'match')
  const only = schemeOf(matched, scheme)
  const written = matched.filter(({ classification }) => classification.scheme === only)
  counts.written = written.length
  counts.leftOut = entries.length - written.length
  return vicsText(written, contextOf(only))
}

function* textOf(
  entries: readonly Entry[],
  format: Exclude<ExportFormat, 'vics'>,
  counts: Exported,
): Generator<string> {
  const { begin, entry: print, end } = WRITTEN[format]
  yield begin
  for (const entry of entries) {
    const text = print(entry)
    if (text === undefined) counts.leftOut++
    else {
      counts.written++
      yield text
    }
  }
  yield end
}

/** The one scheme of the file. A code under the name of another scheme would say something else of a picture. */
function schemeOf(entries: readonly Entry[], named: string | undefined): string {
  const there = [...new Set(entries.map(({ classification }) => classification.scheme))].toSorted()
  if (named === undefined && there.length <= 1) return there[0] ?? 'CUSTOM'
  if (named !== undefined && there.includes(named)) return named
  const which = there.length === 0 ? 'no scheme' : `the schemes ${there.join(', ')}`
  throw new SchemeChoiceError(
    `The entries have ${which}, and a file of VICS has one: name it with --scheme. Nothing was written.`,
  )
}

/** How the context of a VICS file names the scheme: by the country's name that other tools look for, if it has one. */
const contextOf = (name: string): string =>
  schemeNames().includes(name) ? (loadScheme(name).declaredBy?.[0] ?? name) : name
