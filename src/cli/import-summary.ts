// What an import says of a list: as lines for a person, as JSON, and on standard error.
import type { PendingChange } from '../contract/list-state.ts'
import { printable } from '../hashing/file-path.ts'
import type { IntakeSummary } from '../lists/import/summary.ts'

interface About {
  readonly format: string
  /** Names of the schemes that its entries carry, or of the one that was named. */
  readonly schemes: readonly string[]
  readonly dryRun: boolean
}

type Counts = Readonly<Record<string, number>>

const number = (count: number): string => count.toLocaleString('en-US')

const sum = (counts: Counts): number => Object.values(counts).reduce((total, count) => total + count, 0)

/** The summary as JSON, the counts by name. */
export function summaryJson(summary: IntakeSummary, { format, schemes, dryRun }: About): object {
  const { withheld, absent, stopped, unknownClass, useless: _, pending, ...counts } = summary
  return {
    format,
    scheme: schemes.length === 0 ? null : schemes.join(', '),
    dryRun,
    ...counts,
    ...(stopped > 0 ? { stopped } : {}),
    ...(unknownClass > 0 ? { unknownClass } : {}),
    ...(absent > 0 ? { absent } : {}),
    ...(withheld > 0 ? { withheld } : {}),
    ...(pending ? { pending } : {}),
  }
}

/** A table of what was counted, where it is more than plain entries, and below it one line of what changed. */
export function summaryText(summary: IntakeSummary, about: About): readonly string[] {
  const { added, changed, unchanged, removed, quarantined, pending } = summary
  const ofChanged = summary.stopped > 0 ? ` (${summary.stopped} of them no match any more)` : ''
  const parts = [`${added} added`, `${changed} changed${ofChanged}`, `${unchanged} unchanged`]
  if (removed > 0) parts.push(`${removed} removed`)
  if (sum(quarantined) > 0) parts.push(`${sum(quarantined)} degenerate ones held back`)
  const would = pending ? 'Nothing was published. It would be: ' : about.dryRun ? 'Dry run: ' : ''
  return [...table(summary, about), `${would}${parts.join(', ')}`]
}

function table(summary: IntakeSummary, { format, schemes, dryRun }: About): readonly string[] {
  const { read, accepted, notMatched, skipped, quarantined, rejectedCount } = summary
  const isPlain = format === 'lines' && !dryRun && sum(notMatched) + sum(skipped) + sum(quarantined) === 0
  if (isPlain) return []
  const rows: (readonly [string, string, number])[] = [
    ...rowsOf('accepted', accepted),
    ...rowsOf('kept, not matched yet', notMatched),
    ...rowsOf('left out', skipped),
    ...rowsOf('held back', quarantined),
    ...(rejectedCount > 0 ? [['rejected', 'see standard error', rejectedCount] as const] : []),
  ]
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => String(row[column]).length)))
  const countWidth = Math.max(0, ...rows.map(([, , count]) => number(count).length))
  return [
    `${[format, ...(schemes.length > 0 ? [`scheme ${schemes.join(', ')}`] : [])].join(', ')}: ${number(read)} records`,
    ...rows.map(
      ([what, name, count]) =>
        `  ${what.padEnd(widths[0])}  ${name.padEnd(widths[1])}  ${number(count).padStart(countWidth)}`,
    ),
  ]
}

/** What was left out on purpose, by why. */
export const leftOutLines = ({ skipped }: Pick<IntakeSummary, 'skipped'>): readonly string[] =>
  Object.entries(skipped).map(([why, count]) => `left out: ${number(count)} (${why})`)

const rowsOf = (what: string, counts: Counts): (readonly [string, string, number])[] =>
  Object.entries(counts).map(([name, count]) => [what, name, count] as const)

/** Where and why records were refused: the first ones, and how many more. */
export function rejectionLines(
  file: string,
  { rejected, rejectedCount }: Pick<IntakeSummary, 'rejected' | 'rejectedCount'>,
): readonly string[] {
  const lines = rejected.map(({ where, reason }) => `${placeOf(file, where)}: ${reason}`)
  const more = rejectedCount - rejected.length
  return more > 0 ? [...lines, `… and ${number(more)} more that can’t be used`] : lines
}

/** Lines as editors and compilers name them. */
function placeOf(file: string, where: string): string {
  if (file === '-') return where
  const line = /^line (\d+)$/.exec(where)?.[1]
  return line === undefined ? `${printable(file)}, ${where}` : `${printable(file)}:${line}`
}

export function pendingText({ why, before, adds, removes }: PendingChange, source: string): string {
  const what =
    why === 'removes-much'
      ? `remove ${number(removes)} of the ${number(before)} entries that ${source} has (${Math.round((100 * removes) / before)} %)`
      : `add ${number(adds)} entries to the ${number(before)} that ${source} has`
  return `Nothing was published: the list would ${what}. Is it the right list, and whole? If so, say --yes.`
}

export const withheldText = ({ withheld, rejectedCount }: IntakeSummary): string =>
  `${number(withheld)} entries that the list lacks were left, because ${number(rejectedCount)} of its records can’t be read and may be theirs. Mend the list, or remove them all the same: --yes.`
