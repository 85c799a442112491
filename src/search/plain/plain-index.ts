// What the two indices without tables and threads share.
import type { Matches, MutableHammingIndex, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { ValueList } from './value-list.ts'

const WORDS = 8

/** An index of one thread, over one list of values: there is nothing to build beside other work, or to end. */
export abstract class PlainIndex implements MutableHammingIndex {
  protected readonly values = new ValueList()
  get size(): number {
    return this.values.size
  }

  get bytes(): number {
    return this.values.bytes
  }

  abstract add(words: Uint32Array, at: number): number
  abstract copyValue(id: number, to: Uint32Array, at: number): void
  abstract search(queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches
  abstract estimateMicros(queryCount: number, query: RadiusQuery): number

  addAll(values: Uint32Array): Uint32Array {
    return Uint32Array.from({ length: values.length / WORDS }, (_, value) => this.add(values, value * WORDS))
  }

  remove(id: number): void {
    this.values.remove(id)
  }

  drop(id: number): void {
    this.values.remove(id)
    this.values.free(id)
  }

  idsToMove(): undefined {
    // Nothing has to move: the list reuses the ids of dropped values.
  }

  maintain(): void {
    // A value is found as soon as it is added.
  }

  async settle(): Promise<void> {}

  async close(): Promise<void> {}
}
