// Lines of text for a terminal: tables, cut to the width, painted where that is wanted.
import { styleText } from 'node:util'

export type Style = 'red' | 'yellow' | 'dim' | 'bold'

export interface Line {
  readonly text: string
  readonly style?: Style | undefined
}

/** A head and rows, in columns as wide as they must be; numbers stand at the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  styles: readonly (Style | undefined)[] = [],
): readonly Line[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const isNumber = head.map((_, column) => rows.every((row) => /^[\d–]/.test(row[column] ?? '')))
  const lineOf = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd()
  return [
    { text: lineOf(head.map((title) => title.toUpperCase())), style: 'dim' },
    ...rows.map((row, index) => ({ text: lineOf(row), style: styles[index] })),
  ]
}

/** A line as the stream gets it: no wider than `columns`, and painted if the stream and NO_COLOR permit. */
export function drawn({ text, style }: Line, columns: number, stream: NodeJS.WriteStream): string {
  const cut = text.length > columns ? `${text.slice(0, Math.max(0, columns - 1))}…` : text
  return style === undefined ? cut : styleText(style, cut, { stream, validateStream: true })
}
