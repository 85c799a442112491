// The values that changes of known hashes have touched.
import type { KnownHashIdentity } from '../contract/known-hash.ts'
import { digestWords, isPerceptual, type HashType } from '../hash/hash-type.ts'
import { packHex } from '../hash/hash-value.ts'
import { TABLE_KEY } from '../known/index-choice.ts'
import { ExactIndex } from '../search/equal/exact.ts'

/** Words of a perceptual value. */
const WORDS = 8

/**
 * The values of known hashes that a run of changes has touched, each once: added, changed or removed, in whatever role.
 * (A removal can make a hit as well as an addition: that of an entry that silenced a value.)
 */
export class ChangedValues {
  readonly #ofType = new Map<HashType, ExactIndex>()
  readonly #words = new Uint32Array(WORDS)

  add({ type, value }: Pick<KnownHashIdentity, 'type' | 'value'>): void {
    let values = this.#ofType.get(type)
    if (!values) {
      values = new ExactIndex(isPerceptual(type) ? WORDS : digestWords(type), TABLE_KEY)
      this.#ofType.set(type, values)
    }
    packHex(value, this.#words, 0)
    values.add(this.#words, 0)
  }

  /** Number of values, of all types. */
  get size(): number {
    return this.#ofType.values().reduce((sum, { size }) => sum + size, 0)
  }

  /** The values of a type; undefined if there is none. */
  ofType(type: HashType): ExactIndex | undefined {
    return this.#ofType.get(type)
  }

  /** All values of a perceptual type, 8 words each. */
  packed(type: HashType): Uint32Array {
    const values = this.#ofType.get(type)
    const words = new Uint32Array(WORDS * (values?.size ?? 0))
    for (let id = 0; id * WORDS < words.length; id++) values?.copyValue(id, words, id * WORDS)
    return words
  }
}
