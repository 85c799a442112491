// Writes a list's entries in a format that others read, and counts what the format can't hold.
import type { Entry } from '../../contract/known-hash.ts'
import { OWN_CSV } from '../formats/own-csv.ts'
import type { EntryFormat } from '../formats/entry-format.ts'
import { PLAIN_LINES } from '../formats/lines.ts'
import { vicsText } from '../writers/vics.ts'

export const EXPORT_FORMATS = ['vics', 'csv', 'lines'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export interface Exported {
  written: number
  /** Entries that the format would say something else of: held back, suppressing, canaries. */
  leftOut: number
}

const WRITTEN: Readonly<Record<Exclude<ExportFormat, 'vics'>, EntryFormat>> = {
  csv: OWN_CSV,
  lines: PLAIN_LINES,
}

/** Whether an entry may be given to others. */
export const mayLeave = ({ handling }: Pick<Entry, 'handling'>): boolean => handling.onward !== 'none'

/** A piece of text at a time; `counts` says afterwards what came of the entries. */
export function* exportText(
  entries: readonly Entry[],
  format: ExportFormat,
  counts: Exported,
): Generator<string> {
  if (format === 'vics') {
    const written = entries.filter(({ held, role }) => !held && role === 'match')
    counts.written = written.length
    counts.leftOut = entries.length - written.length
    yield* vicsText(written, schemeOf(written))
    return
  }
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

/** A list has one scheme; of several the one that most of its entries have. */
function schemeOf(entries: readonly Entry[]): string {
  const sizes = Map.groupBy(entries, ({ classification }) => classification.scheme)
  const [largest] = [...sizes].toSorted(([, one], [, other]) => other.length - one.length)
  return largest?.[0] ?? 'CUSTOM'
}
