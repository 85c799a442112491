// A matcher thread's view of the known set, which the main thread keeps.
import type { MessagePort } from 'node:worker_threads'
import type { CryptographicType, PerceptualType } from '../hash/hash-type.ts'
import type { Frame } from '../search/dynamic/frames.ts'
import type { Matches, RadiusQuery, SearchBudget } from '../search/hamming-index.ts'
import { IndexReader, newestFrame, type ReaderTicket } from '../search/dynamic/index-reader.ts'
import { ValueFilter, type FilterTicket } from '../search/equal/value-filter.ts'

/** All that another thread needs to read a set's live values. */
export interface SetTicket {
  readonly near: readonly (readonly [PerceptualType, ReaderTicket])[]
  readonly equal: readonly (readonly [CryptographicType, FilterTicket])[]
}

/** What of a ticket is transferred, not copied. */
export const ticketPorts = ({ near }: SetTicket): MessagePort[] => near.map(([, { port }]) => port)

/**
 * The live values of the known set, which the main thread keeps: perceptual ones are searched exactly as they were in a
 * frame; of a cryptographic one it can only be said that it was never known. Provenance stays in the main
 * thread, which has the last word.
 */
export class SetReader {
  readonly #near: ReadonlyMap<PerceptualType, IndexReader>
  readonly #equal: ReadonlyMap<CryptographicType, ValueFilter>

  constructor({ near, equal }: SetTicket, cachedAnswers: number) {
    this.#near = new Map(near.map(([type, ticket]) => [type, new IndexReader(ticket, { cachedAnswers })]))
    this.#equal = new Map(equal.map(([type, ticket]) => [type, new ValueFilter(ticket)]))
  }

  /** The newest state; to be searched before this thread waits for anything. Its position is the set's offset. */
  newestFrame(): Frame {
    return newestFrame([...this.#near.values()])
  }

  search(
    frame: Frame,
    type: PerceptualType,
    queries: Uint32Array,
    query: RadiusQuery,
    budget?: SearchBudget,
  ): Matches {
    return this.#reader(type).searchFrame(frame, queries, query, budget)
  }

  estimateMicros(type: PerceptualType, queryCount: number, query: RadiusQuery): number {
    return this.#reader(type).estimateMicros(queryCount, query)
  }

  /** Whether the packed value at `words[at]` may be known: never no of one that is, in the newest frame or before. */
  mayKnow(type: CryptographicType, words: Uint32Array, at: number): boolean {
    return this.#equal.get(type)?.mayHave(words, at) ?? true
  }

  close(): void {
    for (const reader of this.#near.values()) reader.close()
  }

  #reader(type: PerceptualType): IndexReader {
    const reader = this.#near.get(type)
    if (!reader) throw new TypeError(`The ticket of this reader has no index of ${type}.`)
    return reader
  }
}
