// How other threads see the indices of a known set.
import {
  digestWords,
  isPerceptual,
  HASH_TYPE_NAMES,
  type CryptographicType,
  type PerceptualType,
} from '../hash/hash-type.ts'
import { Frames } from '../search/dynamic/frames.ts'
import type { DynamicIndexOptions } from '../search/dynamic/dynamic-index.ts'
import { ValueFilter } from '../search/equal/value-filter.ts'
import { TABLE_KEY } from './index-choice.ts'

/** The perceptual types, in the order in which frames name them. */
export const NEAR_TYPES: readonly PerceptualType[] = HASH_TYPE_NAMES.filter(isPerceptual)
export const EQUAL_TYPES: readonly CryptographicType[] = HASH_TYPE_NAMES.filter(
  (type): type is CryptographicType => !isPerceptual(type),
)

/** What the indices of one set have in common, so that other threads can read them in one state. */
export class Sharing {
  readonly readers: number
  readonly frames = new Frames(NEAR_TYPES.length)
  readonly #filters = new Map<CryptographicType, ValueFilter>()

  /** @param readers Most threads that read; without any nothing is kept for them. */
  constructor(readers: number) {
    this.readers = readers
  }

  /** For the index of a perceptual type. */
  optionsFor(type: PerceptualType): Pick<DynamicIndexOptions, 'readers' | 'frames'> {
    return { readers: this.readers, frames: { of: this.frames, index: NEAR_TYPES.indexOf(type) } }
  }

  /** The filter of a cryptographic type's values; none if there are no readers. */
  filterFor(type: CryptographicType): ValueFilter | undefined {
    if (this.readers === 0) return undefined
    let filter = this.#filters.get(type)
    if (!filter) {
      filter = ValueFilter.create(digestWords(type), TABLE_KEY)
      this.#filters.set(type, filter)
    }
    return filter
  }
}
