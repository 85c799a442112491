import { EqualityTable, type NumberedValues } from '../../search/equal/equality-table.ts'
import type { ExactIndex } from '../../search/equal/exact.ts'
import type { MutableHammingIndex } from '../../search/hamming-index.ts'
import type { TableKey } from '../../search/equal/keyed-hash.ts'
import { TableFiller } from '../../search/equal/table-filler.ts'
import { addAll, closed, prepare } from '../index-choice.ts'

/**
 * The values of one hash type that have entries, each under one id, whether it is live or not. Ids are numbered from
 * 0 and never used again.
 */
export interface ValueIds {
  /** The id of the value at `words[0]`, or -1. */
  find(words: Uint32Array): number
  /** Adds a value that it doesn't hold; returns its id. */
  add(words: Uint32Array, isLive: boolean): number
  /** Makes a value live that isn't; returns its id from now on. */
  enliven(id: number, words: Uint32Array): number
  /** Makes a live value one that isn't. */
  silence(id: number): void
  /** Drops a value. */
  drop(id: number, words: Uint32Array): void
  /** Copies the words of value `id` to `to[at]`. */
  copyValue(id: number, to: Uint32Array, at: number): void
  /** Says that so many values are about to be restored, when there is none yet. */
  reserve(count: number): void
  /**
   * Adds many values, packed, none of which it holds, and returns their ids, which ascend. They are found once `enter`
   * has been told the same, and then `entered`.
   */
  restore(values: Uint32Array, isLive: (value: number) => boolean): Uint32Array
  /** Called between the two: all values are there, and the index may prepare itself for searches. */
  prepare(): void
  enter(values: Uint32Array, ids: Uint32Array): void
  entered(): void
  close(): Promise<void>
  readonly bytes: number
}

const WORDS = 8

/**
 * Perceptual values. Their bytes live in the index that searches them, and there only: one that isn't live was added
 * to it and removed, and when it comes to life it is added anew, under a new id.
 */
export class PerceptualIds implements ValueIds, NumberedValues {
  readonly index: MutableHammingIndex
  readonly #table: EqualityTable
  #filler: TableFiller | undefined
  readonly #held = new Uint32Array(WORDS)

  constructor(index: MutableHammingIndex, key: TableKey) {
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
    this.#table.remove(id, words, 0)
    return this.add(words, true)
  }

  silence(id: number): void {
    this.index.remove(id)
  }

  drop(id: number, words: Uint32Array): void {
    this.#table.remove(id, words, 0)
    this.index.remove(id)
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    this.index.copyValue(id, to, at)
  }

  reserve(count: number): void {
    this.#table.reserve(count)
  }

  restore(values: Uint32Array, isLive: (value: number) => boolean): Uint32Array {
    const ids = addAll(this.index, values)
    for (let value = 0; value < ids.length; value++) if (!isLive(value)) this.index.remove(ids[value])
    return ids
  }

  prepare(): void {
    prepare(this.index)
  }

  enter(values: Uint32Array, ids: Uint32Array): void {
    this.#filler ??= new TableFiller(this.#table, WORDS)
    this.#filler.add(ids, values)
  }

  entered(): void {
    this.#filler?.flush()
    this.#filler = undefined
  }

  close(): Promise<void> {
    return closed(this.index)
  }

  equals(id: number, words: Uint32Array, at: number): boolean {
    this.index.copyValue(id, this.#held, 0)
    for (let word = 0; word < WORDS; word++) if (this.#held[word] !== words[at + word]) return false
    return true
  }
}

/** Cryptographic values: the exact index holds all of them, and who looks one up asks whether it is live. */
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

  reserve(count: number): void {
    this.#index.reserve(count)
  }

  restore(values: Uint32Array): Uint32Array {
    const width = this.#index.wordsPerValue
    const ids = new Uint32Array(values.length / width)
    for (let value = 0; value < ids.length; value++) ids[value] = this.#index.add(values, value * width)
    return ids
  }

  prepare(): void {
    // Nothing to do: values are found as they are added.
  }

  enter(): void {
    // They are found already.
  }

  entered(): void {
    // As above.
  }

  async close(): Promise<void> {}
}
