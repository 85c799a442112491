import { randomInt } from 'node:crypto'
import { digestWords, type CryptographicType } from '../hash/hash-type.ts'
import { BkTree } from '../search/bk-tree.ts'
import { ExactIndex } from '../search/exact.ts'
import { FlatIndex } from '../search/flat.ts'
import type { MutableHammingIndex } from '../search/hamming-index.ts'
import type { TableKey } from '../search/keyed-hash.ts'
import { LiveIndex } from '../search/live-index.ts'

/** As in the settings; `auto` is the multi-index today: it scans by itself where a scan is quicker. */
export type IndexKind = 'auto' | 'flat' | 'bk-tree' | 'multi-index'

/** Of this process alone, so that nobody can craft values that all fall into one place. */
export const TABLE_KEY: TableKey = [randomInt(2 ** 32), randomInt(2 ** 32)]

/** An empty index of values that are compared by distance; a multi-index keeps so many answers. */
export function perceptualIndex(kind: IndexKind, cachedAnswers = 0): MutableHammingIndex {
  if (kind === 'auto' || kind === 'multi-index') return new LiveIndex({ cachedAnswers })
  return kind === 'flat' ? new FlatIndex() : new BkTree()
}

/** An empty index of values that are compared by equality. */
export const exactIndex = (type: CryptographicType): ExactIndex =>
  new ExactIndex(digestWords(type), TABLE_KEY)

/** Adds many values, 8 words each, and returns their ids. */
export function addAll(index: MutableHammingIndex, values: Uint32Array): Uint32Array {
  if (index instanceof LiveIndex) return index.addAll(values)
  return Uint32Array.from({ length: values.length / 8 }, (_, value) => index.add(values, value * 8))
}

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
