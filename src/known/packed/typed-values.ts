// The values of one hash type.
import { canaryValues, isCanaryValue } from '../../contract/canary.ts'
import { wordCount, type HashType } from '../../hash/hash-type.ts'
import { packHex, unpackHex, type HashValue } from '../../hash/hash-value.ts'
import type { IdRange } from '../../search/hamming-index.ts'
import type { SnapshotReader } from '../snapshot/section-reader.ts'
import type { SnapshotSection } from '../snapshot/write-snapshot.ts'
import { ListRows } from './list-rows.ts'
import { NONE } from './posting-heap.ts'
import { ROLE_BITS, type PostingLists } from './posting-lists.ts'
import { readRows, rowsSection } from './saved-rows.ts'
import type { ValueIds } from './value-ids.ts'

/** The highest bit of a value's list says whether the value is found: live, or a canary. */
const FOUND = 2 ** 31

/** If values are to be moved, each change moves at most this many, and looks at no more ids than this. */
const MOVES_A_CHANGE = 4
const LOOKS_A_CHANGE = 64

/** The values of one hash type, each with the list of its postings. */
export class TypedValues<Ids extends ValueIds = ValueIds> {
  readonly ids: Ids
  readonly #type: HashType
  readonly #lists: PostingLists
  /** By id, the list of the value's postings, and whether it is found. NONE for an id without a value. */
  readonly #rows = new ListRows()
  /** The value that is being looked for, packed. */
  readonly #asked: Uint32Array
  #found = 0
  /** The ids whose values are being moved, and the next one to look at. */
  #moving: IdRange | undefined
  #nextToMove = 0
  /** Canaries that are found, and aren't live: no entry has the role match. */
  readonly #mereCanaries = new Set<HashValue>()

  constructor(type: HashType, ids: Ids, lists: PostingLists) {
    this.#type = type
    this.ids = ids
    this.#lists = lists
    this.#asked = new Uint32Array(wordCount(type))
  }

  /** Number of live values. */
  get live(): number {
    return this.#found - this.#mereCanaries.size
  }

  /** Of the lists alone. */
  get bytes(): number {
    return this.#rows.bytes
  }

  /** The id of a value that has entries, or -1. */
  find(value: HashValue): number {
    packHex(value, this.#asked, 0)
    return this.ids.find(this.#asked)
  }

  isFound(id: number): boolean {
    return this.#rows.get(id) >= FOUND
  }

  /** The postings of the value of this id; of -1 none. */
  list(id: number): number {
    const row = id === -1 ? NONE : this.#rows.get(id)
    return row >= FOUND ? row - FOUND : row
  }

  /** Sets the postings of a value; whether it is found follows from their roles. `id` is the one that `find` returned. */
  setList(value: HashValue, id: number, list: number): void {
    packHex(value, this.#asked, 0)
    const roles = this.#lists.roles(list)
    const isCanary = isCanaryValue(this.#type, value)
    const isLive = (roles & ROLE_BITS.match) !== 0 && (roles & ROLE_BITS.suppress) === 0
    const isFound = isLive || (isCanary && roles === ROLE_BITS.canary)
    if (isFound && !isLive) this.#mereCanaries.add(value)
    else if (isCanary) this.#mereCanaries.delete(value)
    if (list === NONE) {
      if (id !== -1) this.#drop(id)
    } else this.#keep(id, list, isFound)
    this.#moveSome()
  }

  #keep(id: number, list: number, isFound: boolean): void {
    const wasFound = id !== -1 && this.isFound(id)
    let newId = id
    if (id === -1) newId = this.ids.add(this.#asked, isFound)
    else if (isFound && !wasFound) newId = this.ids.enliven(id, this.#asked)
    else if (wasFound && !isFound) this.ids.silence(id)
    if (newId !== id && id !== -1) this.#rows.set(id, NONE)
    this.#rows.set(newId, isFound ? list + FOUND : list)
    this.#found += Number(isFound) - Number(wasFound)
  }

  /**
   * After `restore`, once the lists are restored, too: which canaries are found. An older version may have saved one that
   * it didn't find.
   */
  countCanaries(): void {
    for (const value of canaryValues(this.#type)) {
      const id = this.find(value)
      if (id !== -1) this.setList(value, id, this.list(id))
    }
  }

  /** The value of an id. */
  value(id: number): HashValue {
    this.ids.copyValue(id, this.#asked, 0)
    return unpackHex(this.#asked, 0, wordCount(this.#type))
  }

  /** The ids of all values that have entries. */
  all(): Uint32Array {
    return this.#rows.ids()
  }

  /** The values that have entries, and the list of each. */
  sections(): readonly SnapshotSection[] {
    const ids = this.all()
    const width = this.#asked.length
    return [
      rowsSection(`${this.#type}.lists`, ids.length, 1, (first, to) => {
        for (let row = 0; row < to.length; row++) to[row] = this.#rows.get(ids[first + row])
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
    const width = this.#asked.length
    const ids = await this.ids.restore({
      count: lists.length,
      isLive: (place) => lists[place] >= FOUND,
      read: (take) => readRows(reader, `${this.#type}.values`, width, take),
    })
    this.#restoreRows(ids, lists)
    // At once: the garbage collector may come long after.
    for (const { buffer } of [lists, ids]) buffer.transfer(0)
  }

  /** Says which postings new ids have. */
  #restoreRows(ids: Uint32Array, lists: Uint32Array): void {
    for (let from = 0, to = 0; from < ids.length; from = to) {
      // They ascend, so almost all of them are neighbours.
      while (to < ids.length && ids[to] - ids[from] === to - from) to++
      this.#rows.setFrom(ids[from], lists.subarray(from, to))
    }
    for (const list of lists) if (list >= FOUND) this.#found++
  }

  #drop(id: number): void {
    if (this.isFound(id)) this.#found--
    this.ids.drop(id, this.#asked)
    this.#rows.set(id, NONE)
  }

  /** Does its part of moving values, if there are any to move. */
  #moveSome(): void {
    const moving = this.ids.idsToMove()
    if (moving !== this.#moving) this.#nextToMove = moving?.from ?? 0
    this.#moving = moving
    if (!moving || this.#nextToMove === moving.to) return
    const lookTo = Math.min(moving.to, this.#nextToMove + LOOKS_A_CHANGE)
    for (let moves = 0; this.#nextToMove < lookTo && moves < MOVES_A_CHANGE; this.#nextToMove++) {
      const id = this.#nextToMove
      const row = this.#rows.get(id)
      if (row === NONE) continue
      const newId = this.ids.move(id, row >= FOUND)
      if (newId !== id) this.#rows.set(id, NONE)
      this.#rows.set(newId, row)
      moves++
    }
    if (this.#nextToMove === moving.to) this.ids.moved()
  }
}
