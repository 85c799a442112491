import { randomInt } from 'node:crypto'
import { digestWords, type CryptographicType } from '../hash/hash-type.ts'
import { BkTree } from '../search/plain/bk-tree.ts'
import { ExactIndex } from '../search/equal/exact.ts'
import { JsFlatIndex } from '../search/plain/js-flat.ts'
import type { MutableHammingIndex } from '../search/hamming-index.ts'
import type { TableKey } from '../search/equal/keyed-hash.ts'
import { LiveIndex, type LiveIndexOptions } from '../search/live/live-index.ts'
import type { ReaderTicket } from '../search/live/live-reader.ts'
import type { ValueFilter } from '../search/equal/value-filter.ts'

/** As in the settings; `auto` is the multi-index today: it scans by itself where a scan is quicker. */
export type IndexKind = 'auto' | 'flat' | 'bk-tree' | 'multi-index'

/** Of this process alone, so that nobody can craft values that all fall into one place. */
export const TABLE_KEY: TableKey = [randomInt(2 ** 32), randomInt(2 ** 32)]

/** An empty index of values that are compared by distance; the options are the multi-index's. */
export function perceptualIndex(kind: IndexKind, options: LiveIndexOptions = {}): MutableHammingIndex {
  if (kind === 'auto' || kind === 'multi-index') return new LiveIndex(options)
  return kind === 'flat' ? new JsFlatIndex() : new BkTree()
}

/** An empty index of values that are compared by equality; what is added goes into the filter, too. */
export const exactIndex = (type: CryptographicType, filter?: ValueFilter): ExactIndex =>
  new ExactIndex(digestWords(type), TABLE_KEY, filter)

/** Adds many values, 8 words each, and returns their ids. */
export function addAll(index: MutableHammingIndex, values: Uint32Array): Uint32Array {
  if (index instanceof LiveIndex) return index.addAll(values)
  return Uint32Array.from({ length: values.length / 8 }, (_, value) => index.add(values, value * 8))
}

/** A place at an index for one more thread that reads; undefined if the index is of a kind that threads can't share. */
export const openReader = (index: MutableHammingIndex): ReaderTicket | undefined =>
  index instanceof LiveIndex ? index.openReader() : undefined

/** Lets an index prepare itself for searches, if it does so beside other work. */
export function prepare(index: MutableHammingIndex): void {
  if (index instanceof LiveIndex) index.maintain()
}

/** Ends what an index runs. */
export async function closed(index: MutableHammingIndex): Promise<void> {
  if (index instanceof LiveIndex) await index.close()
}

/** Resolves once searches of an index take no longer than they will. */
export async function settled(index: MutableHammingIndex | ExactIndex): Promise<void> {
  if (index instanceof LiveIndex) await index.settle()
}

/** Bytes that a multi-index takes; the small kinds don't count theirs. */
export const indexBytes = (index: MutableHammingIndex): number =>
  index instanceof LiveIndex ? index.state.bytes : 0
