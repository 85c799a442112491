import { canaryValue } from '../../contract/canary.ts'
import { wordCount, type HashType } from '../../hash/hash-type.ts'
import { packHex, unpackHex, type HashValue } from '../../hash/hash-value.ts'
import { ChunkedRows } from '../../search/equal/chunked-rows.ts'
import type { SnapshotReader } from '../snapshot/section-reader.ts'
import type { SnapshotSection } from '../snapshot/write-snapshot.ts'
import { NONE } from './posting-heap.ts'
import { ROLE_BITS, type PostingLists } from './posting-lists.ts'
import { readRows, rowsSection } from './saved-rows.ts'
import type { ValueIds } from './value-ids.ts'

const CHUNK_ROWS = 2 ** 15

/** The highest bit of a value's list says whether the value is found: live, or the canary. */
const FOUND = 2 ** 31

/** The values of one hash type, each with the list of its postings. */
export class TypedValues<Ids extends ValueIds = ValueIds> {
  readonly ids: Ids
  readonly #type: HashType
  readonly #lists: PostingLists
  /** By id, the list of the value's postings, and whether it is found. NONE for an id that is none any more. */
  readonly #listOf = new ChunkedRows(Uint32Array, 1, CHUNK_ROWS)
  /** The value that is being looked for, packed. */
  readonly #asked: Uint32Array
  #found = 0
  /** The canary is found, and isn't live: no entry has the role match. */
  #hasMereCanary = false

  constructor(type: HashType, ids: Ids, lists: PostingLists) {
    this.#type = type
    this.ids = ids
    this.#lists = lists
    this.#asked = new Uint32Array(wordCount(type))
  }

  /** Number of live values. */
  get live(): number {
    return this.#found - Number(this.#hasMereCanary)
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

  isFound(id: number): boolean {
    return id < this.#listOf.count && this.#row(id) >= FOUND
  }

  /** The postings of the value of this id; of -1 none. */
  list(id: number): number {
    const row = id === -1 ? NONE : this.#row(id)
    return row >= FOUND ? row - FOUND : row
  }

  /** Says which postings a value now has; whether it is found follows from their roles. `id` is what `find` said. */
  setList(value: HashValue, id: number, list: number): void {
    packHex(value, this.#asked, 0)
    const roles = this.#lists.roles(list)
    const isCanary = value === canaryValue(this.#type)
    const isLive = (roles & ROLE_BITS.match) !== 0 && (roles & ROLE_BITS.suppress) === 0
    const isFound = isLive || (isCanary && roles === ROLE_BITS.canary)
    if (isCanary) this.#hasMereCanary = isFound && !isLive
    if (list === NONE) {
      if (id !== -1) this.#drop(id)
      return
    }
    const wasFound = id !== -1 && this.isFound(id)
    let newId = id
    if (id === -1) newId = this.ids.add(this.#asked, isFound)
    else if (isFound && !wasFound) newId = this.ids.enliven(id, this.#asked)
    else if (wasFound && !isFound) this.ids.silence(id)
    if (newId !== id && id !== -1) this.#setRow(id, NONE)
    this.#setRow(newId, isFound ? list + FOUND : list)
    this.#found += Number(isFound) - Number(wasFound)
  }

  /** After `restore`, once the lists are restored, too: whether the canary is among what is found. */
  countCanary(): void {
    const id = this.find(canaryValue(this.#type))
    this.#hasMereCanary =
      id !== -1 && this.isFound(id) && this.#lists.roles(this.list(id)) === ROLE_BITS.canary
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

  /** The values that have entries, and the list of each. */
  sections(): readonly SnapshotSection[] {
    const ids = this.#idsOfAll()
    const width = this.#asked.length
    return [
      rowsSection(`${this.#type}.lists`, ids.length, 1, (first, to) => {
        for (let row = 0; row < to.length; row++) to[row] = this.#row(ids[first + row])
      }),
      rowsSection(`${this.#type}.values`, ids.length, width, (first, to) => {
        for (let at = 0; at < to.length; at += width) this.ids.copyValue(ids[first + at / width], to, at)
      }),
    ]
  }

  /** Fills empty values with them. Their ids are new. */
  async restore(reader: SnapshotReader): Promise<void> {
    const lists = new Uint32Array(reader.byteLengthOf(`${this.#type}.lists`) / 4)
    await reader.read(`${this.#type}.lists`, lists)
    this.ids.reserve(lists.length)
    const ids = new Uint32Array(lists.length)
    const width = this.#asked.length
    await readRows(reader, `${this.#type}.values`, width, (values, first) => {
      const listsOfThese = lists.subarray(first, first + values.length / width)
      const idsOfThese = this.ids.restore(values, (value) => listsOfThese[value] >= FOUND)
      ids.set(idsOfThese, first)
      this.#restoreRows(idsOfThese, listsOfThese)
    })
    // A second time, because the index prepares itself in another thread now, for longer than this takes.
    this.ids.prepare()
    await readRows(reader, `${this.#type}.values`, width, (values, first) => {
      this.ids.enter(values, ids.subarray(first, first + values.length / width))
    })
    this.ids.entered()
    // At once: the garbage collector may come long after.
    for (const { buffer } of [lists, ids]) buffer.transfer(0)
  }

  /** Says which postings new ids have. */
  #restoreRows(ids: Uint32Array, lists: Uint32Array): void {
    const [first] = ids
    // They ascend, so almost all of them are neighbours.
    if (ids.length > 0 && ids[ids.length - 1] - first === ids.length - 1) this.#listOf.setFrom(first, lists)
    else for (const [place, id] of ids.entries()) this.#setRow(id, lists[place])
    for (let place = 0; place < lists.length; place++) if (lists[place] >= FOUND) this.#found++
  }

  #idsOfAll(): Uint32Array {
    const ids = new Uint32Array(this.#listOf.count)
    let count = 0
    for (let id = 0; id < ids.length; id++) if (this.#row(id) !== NONE) ids[count++] = id
    return ids.subarray(0, count)
  }

  #drop(id: number): void {
    if (this.isFound(id)) this.#found--
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
