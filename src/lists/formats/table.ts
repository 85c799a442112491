// Tables by the names of their columns: never by place, since lists of one kind come with more or fewer columns.
import { DamagedListError } from '../list-item.ts'
import { DELIMITERS, type Delimiter } from './csv-rows.ts'
import { sourceIdOf } from './field-values.ts'

/** A column's name without case, spaces and punctuation: "Image ID" is imageid. */
export const columnName = (printed: string): string =>
  printed.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '')

/** Where the columns of a table stand, by name. */
export class Columns {
  readonly names: readonly string[]
  readonly #places = new Map<string, number>()

  /** Throws a DamagedListError if two columns have one name that is read; other columns may be called anything. */
  constructor(header: readonly string[], isRead: (name: string) => boolean) {
    this.names = header.map(columnName)
    for (const [place, name] of this.names.entries()) {
      const other = this.#places.get(name)
      if (other === undefined) this.#places.set(name, place)
      else if (isRead(name))
        throw new DamagedListError(
          `Columns ${other + 1} and ${place + 1} of the header have one name: it can't be told which to read. Remove one of them.`,
        )
    }
  }

  get length(): number {
    return this.names.length
  }

  /** The place of a column from 0 on; undefined if there is none of this name. */
  find(name: string): number | undefined {
    return this.#places.get(name)
  }
}

/** The delimiter that finds most of these columns in the first line of a text, and how many it finds. */
export function delimiterOf(
  head: string,
  isColumn: (name: string) => boolean,
): { readonly delimiter: Delimiter; readonly found: number } {
  const [line] = head.split('\n', 1)
  const counts = DELIMITERS.map((delimiter) => ({
    delimiter,
    found: line.split(delimiter).filter((cell) => isColumn(columnName(cell))).length,
  }))
  return counts.reduce((best, next) => (next.found > best.found ? next : best))
}

/** The id in a cell. A byte that isn't UTF-8 was read as U+FFFD there: two ids could become one. */
export const idOf = (printed: string): string | undefined =>
  printed.includes('\uFFFD') ? undefined : sourceIdOf(printed)
