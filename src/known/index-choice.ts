// Which index holds the values of a type.
import { randomInt } from 'node:crypto'
import { digestWords, type CryptographicType } from '../hash/hash-type.ts'
import { BkTree } from '../search/plain/bk-tree.ts'
import { ExactIndex } from '../search/equal/exact.ts'
import { JsFlatIndex } from '../search/plain/js-flat.ts'
import type { MutableHammingIndex } from '../search/hamming-index.ts'
import type { IndexChoice } from '../search/index-kind.ts'
import type { TableKey } from '../search/equal/keyed-hash.ts'
import { DynamicIndex, type DynamicIndexOptions } from '../search/dynamic/dynamic-index.ts'
import type { ReaderTicket } from '../search/dynamic/index-reader.ts'
import type { ValueFilter } from '../search/equal/value-filter.ts'

/** Of this process alone, so that values can't be crafted that all fall into one slot. */
export const TABLE_KEY: TableKey = [randomInt(2 ** 32), randomInt(2 ** 32)]

/** An index of perceptual values; other threads can read it if it opens readers. */
export interface PerceptualIndex extends MutableHammingIndex {
  openReader?(): ReaderTicket
}

/**
 * An empty index of values that are compared by distance; the options are the multi-index's. `auto` is the multi-index
 * today: it scans by itself where a scan is quicker.
 */
export function perceptualIndex(choice: IndexChoice, options: DynamicIndexOptions = {}): PerceptualIndex {
  if (choice === 'flat') return new JsFlatIndex()
  return choice === 'bk-tree' ? new BkTree() : new DynamicIndex(options)
}

/** An empty index of values that are compared by equality; added values go into the filter, too. */
export const exactIndex = (type: CryptographicType, filter?: ValueFilter): ExactIndex =>
  new ExactIndex(digestWords(type), TABLE_KEY, filter)
