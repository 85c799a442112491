// Rows of CSV: a quote that is out of place costs the rows that it swallows, and never shifts a column.
import { Parser } from 'csv-parse'
import { DamagedListError, type Refused } from '../list-item.ts'

export const DELIMITERS = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof DELIMITERS)[number]

/** No row of a list is as long: PhotoDNA, Lace and all digests take about a thousand characters. */
const MAX_ROW_BYTES = 64 * 1024
/** The parser hands over the rows of a piece as it goes, so a piece bounds the rows that wait. */
const SLICE_BYTES = 64 * 1024

/** Lines that bad quotes may swallow, of a file that is else whole. */
const MAX_LOST_LINES = 10
const MAX_LOST_SHARE = 0.01

/** A word as long as no word of a language is: a hash, or a name that a program made. */
const LONG_WORD = /[A-Za-z0-9+/]{32}/

export interface Row {
  /** The line that it ends in. The first is 1. */
  readonly line: number
  readonly cells: readonly string[]
}

export type CsvLine = Row | Refused

/** Whether it is a row that can be read. */
export const isRow = (line: CsvLine): line is Row => 'cells' in line

/**
 * The rows of a text whose lines end with line feeds, the header among them, in arrays. Blank lines are passed over. Throws a
 * DamagedListError if a quote is open at the end, if a row is too long, or if bad quotes have swallowed many lines.
 */
export async function* csvRows(
  text: AsyncIterable<Buffer>,
  delimiter: Delimiter,
): AsyncGenerator<readonly CsvLine[]> {
  const parser = new RowParser(delimiter)
  for await (const chunk of text) {
    for (let from = 0; from < chunk.length; from += SLICE_BYTES) {
      const lines = parser.parse(chunk.subarray(from, from + SLICE_BYTES))
      if (lines.length > 0) yield lines
    }
  }
  const last = parser.parse(null)
  if (last.length > 0) yield last
}

class RowParser {
  readonly #parser: SinkParser
  #lines: CsvLine[] = []
  /** The line in which the row before ended. */
  #line = 0
  #lostLines = 0

  constructor(delimiter: Delimiter) {
    this.#parser = new SinkParser(delimiter, (cells, line) => this.#take(cells, line))
  }

  /** The rows that end in this piece; null ends the text. */
  parse(piece: Buffer | null): readonly CsvLine[] {
    const done = (error?: unknown): void => {
      if (error) throw this.#damage(error)
    }
    // The parser's own methods take a piece at once; the stream around them would cost a promise for each.
    if (piece === null) this.#parser._flush(done)
    else this.#parser._transform(piece, 'utf8', done)
    if (piece === null) this.#checkLost()
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  #take(cells: readonly string[], line: number): void {
    const first = this.#line + 1
    this.#line = line
    if (line > first && cells.some(swallowsRows)) {
      this.#lostLines += line - first + 1
      const reason =
        'a quote opens in the first of these lines that is not closed there: they are read as one cell'
      this.#lines.push({ kind: 'refused', place: `lines ${first} to ${line}`, reason })
    } else this.#lines.push({ line, cells })
  }

  #checkLost(): void {
    if (this.#lostLines > MAX_LOST_LINES && this.#lostLines > this.#line * MAX_LOST_SHARE)
      throw new DamagedListError(
        `The CSV has quotes that swallow ${this.#lostLines} of its ${this.#line} lines: rows are missing. Have the quotes mended, and import it then.`,
      )
  }

  /** The parser's own errors hold the row: place and kind alone go on. */
  #damage(error: unknown): DamagedListError {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'CSV_QUOTE_NOT_CLOSED')
      return new DamagedListError(
        `The CSV ends within quotes that open after line ${this.#line}: it is cut off, or a quote is out of place. Get the whole file again.`,
      )
    if (code === 'CSV_MAX_RECORD_SIZE')
      return new DamagedListError(
        `The CSV has a row of more than ${MAX_ROW_BYTES} bytes after line ${this.#line}: a quote is out of place, or it is another format.`,
      )
    return new DamagedListError(`The CSV can't be read after line ${this.#line}.`)
  }
}

/** Whether a cell of several lines looks like rows between two quotes that don't belong together. */
const swallowsRows = (cell: string): boolean => {
  const at = cell.indexOf('\n')
  return at !== -1 && LONG_WORD.test(cell.slice(at))
}

/** csv-parse, with its rows handed over as they end: no queue between, and the line number is that of the row. */
class SinkParser extends Parser {
  readonly #sink: (cells: readonly string[], line: number) => void

  constructor(delimiter: Delimiter, sink: (cells: readonly string[], line: number) => void) {
    super({
      delimiter,
      record_delimiter: '\n',
      max_record_size: MAX_ROW_BYTES,
      relax_column_count: true,
      // A quote within a cell is a character: lists have names of series with quotes in them.
      relax_quotes: true,
      skip_empty_lines: true,
    })
    this.#sink = sink
  }

  override push(row: readonly string[] | null): boolean {
    if (row !== null) this.#sink(row, this.info.lines)
    return true
  }
}
