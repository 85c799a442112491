// Where the postings of each value are, by the value's id.
import { ChunkedRows } from '../../search/equal/chunked-rows.ts'

const CHUNK_ROWS = 2 ** 15
/** Ids come in groups of this size, the arenas of a dynamic index, and each group is filled from its beginning. */
const GROUP_BITS = 24
const IN_GROUP = 2 ** GROUP_BITS - 1

/** A word for each id. Those that were never set are 0. */
export class ListRows {
  readonly #groups: ChunkedRows<Uint32Array>[] = []

  get bytes(): number {
    return this.#groups.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get(id: number): number {
    const rows = this.#groups.at(id >>> GROUP_BITS)
    const row = id & IN_GROUP
    return rows && row < rows.count ? rows.chunk(row)[rows.at(row)] : 0
  }

  set(id: number, word: number): void {
    const rows = this.#group(id)
    const row = id & IN_GROUP
    rows.reach(row)
    rows.chunk(row)[rows.at(row)] = word
  }

  /** Sets the words of ids that follow each other. */
  setFrom(first: number, words: Uint32Array): void {
    for (let done = 0; done < words.length;) {
      const row = (first + done) & IN_GROUP
      const end = Math.min(words.length, done + IN_GROUP + 1 - row)
      this.#group(first + done).setFrom(row, words.subarray(done, end))
      done = end
    }
  }

  /** The ids whose words are not 0, ascending. */
  ids(): Uint32Array {
    const ids = new Uint32Array(this.#groups.reduce((sum, { count }) => sum + count, 0))
    let found = 0
    for (const [group, rows] of this.#groups.entries()) {
      for (let row = 0; row < rows.count; row++)
        if (rows.chunk(row)[rows.at(row)] !== 0) ids[found++] = group * 2 ** GROUP_BITS + row
    }
    return ids.subarray(0, found)
  }

  #group(id: number): ChunkedRows<Uint32Array> {
    while (this.#groups.length <= id >>> GROUP_BITS)
      this.#groups.push(new ChunkedRows(Uint32Array, 1, CHUNK_ROWS))
    return this.#groups[id >>> GROUP_BITS]
  }
}
