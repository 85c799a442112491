// The items of a page as they go to the import: without those that an earlier page of the range has overtaken, and with a
// count of files whose class is unknown.
import type { ListedFile, ListItem } from '../list-item.ts'

/** When the latest record of each file was changed, in milliseconds since 1970: pages of a range come in no order. */
export class LatestTimes {
  readonly #latestMs = new Map<string, number>()

  /** Whether a later record of the same file has come. Asking again says the same. */
  isOvertaken(item: ListItem): boolean {
    if (item.kind !== 'file' && item.kind !== 'withdrawal') return false
    const { sourceId, changedAt } = item
    if (changedAt === undefined) return false
    const changedMs = Date.parse(changedAt)
    const latestMs = this.#latestMs.get(sourceId) ?? -Infinity
    if (changedMs < latestMs) return true
    this.#latestMs.set(sourceId, changedMs)
    return false
  }
}

export interface PageItemsOptions {
  /** Of a list whose records replace earlier ones; undefined: they all count. */
  readonly latest: LatestTimes | undefined
  readonly isUnknownClass: (file: ListedFile) => boolean
}

/** Can be read more than once, if the page can. */
export class PageItems implements AsyncIterable<readonly ListItem[]> {
  readonly #items: AsyncIterable<readonly ListItem[]> | Iterable<readonly ListItem[]>
  readonly #options: PageItemsOptions
  /** Files of the last reading that no scheme has a word for. */
  unknownClass = 0

  constructor(
    items: AsyncIterable<readonly ListItem[]> | Iterable<readonly ListItem[]>,
    options: PageItemsOptions,
  ) {
    this.#items = items
    this.#options = options
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly ListItem[]> {
    const { latest, isUnknownClass } = this.#options
    this.unknownClass = 0
    for await (const some of this.#items) {
      const kept = latest === undefined ? some : some.filter((item) => !latest.isOvertaken(item))
      for (const item of kept) if (item.kind === 'file' && isUnknownClass(item)) this.unknownClass++
      yield kept
    }
  }
}
