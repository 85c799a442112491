// The ids of the values of one hash type.
import { EqualityTable, type NumberedValues } from '../../search/equal/equality-table.ts'
import type { ExactIndex } from '../../search/equal/exact.ts'
import type { IdRange } from '../../search/hamming-index.ts'
import type { TableKey } from '../../search/equal/keyed-hash.ts'
import { TableFiller } from '../../search/equal/table-filler.ts'
import type { PerceptualIndex } from '../index-choice.ts'

/** The values of a snapshot. */
export interface SavedValues {
  readonly count: number
  readonly isLive: (place: number) => boolean
  /** Gives them in their order, packed, some at a time; the first of them has place `first`. */
  readonly read: (take: (values: Uint32Array, first: number) => void) => Promise<void>
}

/** The values of one hash type that have entries, each under one id, whether it is live or not. */
export interface ValueIds {
  /** The id of the value at `words[0]`, or -1. */
  find(words: Uint32Array): number
  /** Adds a value that it doesn't hold; returns its id. */
  add(words: Uint32Array, isLive: boolean): number
  /** Makes a value live that isn't; returns its id from now on. */
  enliven(id: number, words: Uint32Array): number
  /** Makes a live value one that isn't. */
  silence(id: number): void
  /** Drops a value: its id may be given to another one. */
  drop(id: number, words: Uint32Array): void
  /** Copies the words of value `id` to `to[at]`. */
  copyValue(id: number, to: Uint32Array, at: number): void
  /**
   * The ids whose values the caller is to pass to `move`, a few at a time, so that memory can be used again; the same
   * object until it calls `moved`, when all were. Undefined while there is nothing to move.
   */
  idsToMove(): IdRange | undefined
  /** Moves a value; returns its id from now on. */
  move(id: number, isLive: boolean): number
  moved(): void
  /** Adds the values of a snapshot when it holds none; returns the id of each. */
  restore(saved: SavedValues): Promise<Uint32Array<ArrayBuffer>>
  close(): Promise<void>
  readonly bytes: number
}

const WORDS = 8

/**
 * Perceptual values. Their bytes live in the index that searches them, and there only: a value that isn't live was
 * added to the index and removed, and when it comes to life it is added again, under a new id.
 */
export class PerceptualIds implements ValueIds, NumberedValues {
  readonly index: PerceptualIndex
  readonly #table: EqualityTable
  readonly #held = new Uint32Array(WORDS)

  constructor(index: PerceptualIndex, key: TableKey) {
    this.index = index
    this.#table = new EqualityTable(this, WORDS, key)
  }

  /** Without the index. */
  get bytes(): number {
    return this.#table.bytes
  }

  find(words: Uint32Array): number {
    return this.#table.find(words, 0)
  }

  add(words: Uint32Array, isLive: boolean): number {
    const id = this.index.add(words, 0)
    if (!isLive) this.index.remove(id)
    this.#table.add(id, words, 0)
    return id
  }

  enliven(id: number, words: Uint32Array): number {
    this.drop(id, words)
    return this.add(words, true)
  }

  silence(id: number): void {
    this.index.remove(id)
  }

  drop(id: number, words: Uint32Array): void {
    this.#table.remove(id, words, 0)
    this.index.drop(id)
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    this.index.copyValue(id, to, at)
  }

  idsToMove(): IdRange | undefined {
    return this.index.idsToMove()
  }

  move(id: number, isLive: boolean): number {
    const words = new Uint32Array(WORDS)
    this.index.copyValue(id, words, 0)
    this.drop(id, words)
    return this.add(words, isLive)
  }

  moved(): void {
    // The index counts for itself.
  }

  async restore({ count, isLive, read }: SavedValues): Promise<Uint32Array<ArrayBuffer>> {
    this.#table.reserve(count)
    const ids = new Uint32Array(count)
    await read((values, first) => {
      ids.set(this.index.addAll(values), first)
      for (let place = first; place < first + values.length / WORDS; place++)
        if (!isLive(place)) this.index.remove(ids[place])
    })
    // From here on the index builds its tables in another thread, for longer than the second reading takes.
    this.index.maintain()
    const filler = new TableFiller(this.#table, WORDS)
    await read((values, first) => filler.add(ids.subarray(first, first + values.length / WORDS), values))
    filler.flush()
    return ids
  }

  close(): Promise<void> {
    return this.index.close()
  }

  equals(id: number, words: Uint32Array, at: number): boolean {
    this.index.copyValue(id, this.#held, 0)
    for (let word = 0; word < WORDS; word++) if (this.#held[word] !== words[at + word]) return false
    return true
  }
}

/** Cryptographic values: the exact index holds all of them, and its caller knows which are live. */
export class CryptographicIds implements ValueIds {
  readonly #index: ExactIndex

  constructor(index: ExactIndex) {
    this.#index = index
  }

  /** With the values. */
  get bytes(): number {
    return this.#index.bytes
  }

  find(words: Uint32Array): number {
    return this.#index.find(words, 0)
  }

  add(words: Uint32Array): number {
    return this.#index.add(words, 0)
  }

  enliven(id: number): number {
    return id
  }

  silence(): void {
    // Nothing to do: it is found, and known not to be live.
  }

  drop(id: number): void {
    this.#index.remove(id)
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    this.#index.copyValue(id, to, at)
  }

  idsToMove(): IdRange | undefined {
    return this.#index.idsToFilter()
  }

  /** Into a new filter: the value itself stays. */
  move(id: number): number {
    this.#index.filterAgain(id)
    return id
  }

  moved(): void {
    this.#index.filteredAll()
  }

  async restore({ count, read }: SavedValues): Promise<Uint32Array<ArrayBuffer>> {
    this.#index.reserve(count)
    const width = this.#index.wordsPerValue
    const ids = new Uint32Array(count)
    await read((values, first) => {
      for (let at = 0; at < values.length; at += width) ids[first + at / width] = this.#index.add(values, at)
    })
    return ids
  }

  async close(): Promise<void> {}
}
