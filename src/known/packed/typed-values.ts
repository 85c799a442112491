import { wordCount, type HashType } from '../../hash/hash-type.ts'
import { packHex, unpackHex, type HashValue } from '../../hash/hash-value.ts'
import { ChunkedRows } from '../../search/chunked-rows.ts'
import { NONE } from './posting-heap.ts'
import { ROLE_BITS, type PostingLists } from './posting-lists.ts'
import type { ValueIds } from './value-ids.ts'

const CHUNK_ROWS = 2 ** 15

/** The highest bit of a value's list says whether the value is live. */
const LIVE = 2 ** 31

/** The values of one hash type, each with the list of its postings. */
export class TypedValues<Ids extends ValueIds = ValueIds> {
  readonly ids: Ids
  readonly #type: HashType
  readonly #lists: PostingLists
  /** By id, the list of the value's postings, and whether it is live. NONE for an id that is none any more. */
  readonly #listOf = new ChunkedRows(Uint32Array, 1, CHUNK_ROWS)
  /** The value that is being looked for, packed. */
  readonly #asked: Uint32Array
  #live = 0

  constructor(type: HashType, ids: Ids, lists: PostingLists) {
    this.#type = type
    this.ids = ids
    this.#lists = lists
    this.#asked = new Uint32Array(wordCount(type))
  }

  /** Number of live values. */
  get live(): number {
    return this.#live
  }

  /** Of the lists alone. */
  get bytes(): number {
    return this.#listOf.bytes
  }

  /** The id of a value that has entries, or -1. */
  find(value: HashValue): number {
    packHex(value, this.#asked, 0)
    return this.ids.find(this.#asked)
  }

  isLive(id: number): boolean {
    return id < this.#listOf.count && this.#row(id) >= LIVE
  }

  /** The postings of the value of this id; of -1 none. */
  list(id: number): number {
    const row = id === -1 ? NONE : this.#row(id)
    return row >= LIVE ? row - LIVE : row
  }

  /** Says which postings a value now has, and makes it live or not, as their roles demand. `id` is what `find` said. */
  setList(value: HashValue, id: number, list: number): void {
    packHex(value, this.#asked, 0)
    if (list === NONE) {
      if (id !== -1) this.#drop(id)
      return
    }
    const roles = this.#lists.roles(list)
    const isLive = (roles & ROLE_BITS.match) !== 0 && (roles & ROLE_BITS.suppress) === 0
    const wasLive = id !== -1 && this.isLive(id)
    let newId = id
    if (id === -1) newId = this.ids.add(this.#asked, isLive)
    else if (isLive && !wasLive) newId = this.ids.enliven(id, this.#asked)
    else if (wasLive && !isLive) this.ids.silence(id)
    if (newId !== id && id !== -1) this.#setRow(id, NONE)
    this.#setRow(newId, isLive ? list + LIVE : list)
    this.#live += Number(isLive) - Number(wasLive)
  }

  /** The value of an id. */
  value(id: number): HashValue {
    this.ids.copyValue(id, this.#asked, 0)
    return unpackHex(this.#asked, 0, wordCount(this.#type))
  }

  /** The ids of all values that have entries. */
  *all(): Iterable<number> {
    for (let id = 0; id < this.#listOf.count; id++) if (this.#row(id) !== NONE) yield id
  }

  #drop(id: number): void {
    if (this.isLive(id)) this.#live--
    this.ids.drop(id, this.#asked)
    this.#setRow(id, NONE)
  }

  #row(id: number): number {
    return this.#listOf.chunk(id)[this.#listOf.at(id)]
  }

  #setRow(id: number, row: number): void {
    this.#listOf.reach(id)
    this.#listOf.chunk(id)[this.#listOf.at(id)] = row
  }
}
