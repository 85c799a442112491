// Which entries share a value: a withdrawal may name no more of a hash.
import { ChunkedRows } from '../../search/equal/chunked-rows.ts'
import { EqualityTable, type NumberedValues } from '../../search/equal/equality-table.ts'
import { keyedHash, randomTableKey } from '../../search/equal/keyed-hash.ts'
import { isOfOneType, valueLengthOf } from './packed-identity.ts'

const CHUNK_ROWS = 2 ** 16

/** Where a packed identity begins. */
export interface PackedPlace {
  readonly chunk: Uint32Array
  readonly from: number
}

/** Which entries share a value. */
export class ValueChains {
  readonly #identity: (id: number) => PackedPlace
  readonly #table: EqualityTable
  readonly #key = randomTableKey()
  readonly #next = new ChunkedRows(Uint32Array, 1, CHUNK_ROWS)
  readonly #print = new Uint32Array(1)
  #asked: PackedPlace = { chunk: this.#print, from: 0 }

  constructor(identity: (id: number) => PackedPlace) {
    this.#identity = identity
    const values: NumberedValues = {
      equals: (id) => this.#hasAskedValue(id),
      copyValue: (id, to, at) => {
        const { chunk, from } = this.#identity(id)
        to[at] = this.#printOf(chunk, from)
      },
    }
    this.#table = new EqualityTable(values, 1, randomTableKey())
  }

  add(id: number): void {
    const { chunk, from } = this.#identity(id)
    const first = this.#first(chunk, from)
    this.#next.reach(id)
    if (first === -1) {
      this.#setNext(id, -1)
      this.#table.add(id, this.#print, 0)
    } else {
      this.#setNext(id, this.#nextOf(first))
      this.#setNext(first, id)
    }
  }

  /** The entries with the value of this identity. */
  find(identity: Uint32Array): readonly number[] {
    const ids: number[] = []
    for (let id = this.#first(identity, 0); id !== -1; id = this.#nextOf(id)) ids.push(id)
    return ids
  }

  #first(chunk: Uint32Array, from: number): number {
    this.#asked = { chunk, from }
    this.#print[0] = this.#printOf(chunk, from)
    return this.#table.find(this.#print, 0)
  }

  #hasAskedValue(id: number): boolean {
    const { chunk, from } = this.#identity(id)
    const asked = this.#asked
    if (!isOfOneType(chunk[from], asked.chunk[asked.from])) return false
    for (let word = 1; word < valueLengthOf(chunk[from]); word++)
      if (chunk[from + word] !== asked.chunk[asked.from + word]) return false
    return true
  }

  #printOf(chunk: Uint32Array, from: number): number {
    return keyedHash(this.#key, chunk, from + 1, valueLengthOf(chunk[from]) - 1)
  }

  #nextOf(id: number): number {
    return this.#next.chunk(id)[this.#next.at(id)] - 1
  }

  #setNext(id: number, next: number): void {
    this.#next.chunk(id)[this.#next.at(id)] = next + 1
  }
}
