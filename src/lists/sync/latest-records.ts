// The latest record of each file of a range whose pages come in no order: an earlier one must not bring back what a later
// one took away.
import type { ListItem } from '../list-item.ts'

type Items = AsyncIterable<readonly ListItem[]> | Iterable<readonly ListItem[]>

export class LatestRecords {
  /** When the latest record of each file was changed, in milliseconds since 1970. */
  readonly #latestMs = new Map<string, number>()

  /** The items of a page without those that a later record has overtaken. They can be read again, if the page can. */
  of(items: Items): AsyncIterable<readonly ListItem[]> {
    return { [Symbol.asyncIterator]: () => this.#read(items) }
  }

  async *#read(items: Items): AsyncGenerator<readonly ListItem[]> {
    for await (const some of items) yield some.filter((item) => !this.#isOvertaken(item))
  }

  #isOvertaken(item: ListItem): boolean {
    if ((item.kind !== 'file' && item.kind !== 'withdrawal') || item.changedAt === undefined) return false
    const changedMs = Date.parse(item.changedAt)
    const latestMs = this.#latestMs.get(item.sourceId) ?? -Infinity
    if (changedMs < latestMs) return true
    this.#latestMs.set(item.sourceId, changedMs)
    return false
  }
}
