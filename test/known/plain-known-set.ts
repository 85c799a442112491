import { canaryValue, canaryValues, isCanaryValue } from '../../src/contract/canary.ts'
import { compareEntries } from '../../src/contract/hit.ts'
import type { KnownHash, KnownHashChange, KnownHashKey } from '../../src/contract/known-hash.ts'
import {
  isPerceptual,
  type CryptographicType,
  type HashType,
  type PerceptualType,
} from '../../src/hash/hash-type.ts'
import { packed, type HashValue } from '../../src/hash/hash-value.ts'
import { ExactIndex } from '../../src/search/equal/exact.ts'
import type {
  Matches,
  MutableHammingIndex,
  RadiusQuery,
  SearchBudget,
} from '../../src/search/hamming-index.ts'
import type { IndexChoice } from '../../src/search/index-kind.ts'
import { exactIndex, perceptualIndex } from '../../src/known/index-choice.ts'
import type { KnownSet, SetPosition } from '../../src/known/known-set.ts'
import { SetDigest } from '../../src/known/set-digest.ts'

/** What is known of one value. */
interface KnownValue {
  readonly entries: Map<KnownHashKey, KnownHash>
  /** Set while the value is found. */
  id: number | undefined
}

/** One hash type: its values, and those that are found by id. */
interface TypeState {
  readonly type: HashType
  readonly values: Map<HashValue, KnownValue>
  readonly found: Map<number, HashValue>
  /** Finds and numbers them. */
  readonly index: MutableHammingIndex | ExactIndex
}

/** The known-hash set in plain Maps: easy to read, easy to trust. */
export class PlainKnownSet implements KnownSet {
  readonly #index: IndexChoice
  readonly #types = new Map<HashType, TypeState>()
  readonly #digest = new SetDigest()
  #digestText: string | undefined
  #position: SetPosition = { topicId: undefined, offset: 0 }
  #entries = 0
  #canaries = 0

  constructor({ index = 'auto' }: { readonly index?: IndexChoice } = {}) {
    this.#index = index
  }

  get position(): SetPosition {
    return this.#position
  }

  get entries(): number {
    return this.#entries
  }

  get canaries(): number {
    return this.#canaries
  }

  get digest(): string {
    this.#digestText ??= this.#digest.toString()
    return this.#digestText
  }

  apply({ identity: { type, value }, key, entry }: KnownHashChange, offset: number): void {
    const state = this.#state(type)
    const known = state.values.get(value) ?? { entries: new Map(), id: undefined }
    const before = known.entries.get(key)
    if (before) {
      this.#digest.remove(before)
      this.#entries--
      if (before.role === 'canary') this.#canaries--
      known.entries.delete(key)
    }
    if (entry) {
      this.#digest.add(entry)
      this.#entries++
      if (entry.role === 'canary') this.#canaries++
      known.entries.set(key, entry)
    }
    if (known.entries.size === 0) state.values.delete(value)
    else state.values.set(value, known)
    setFound(state, value, known)
    this.#digestText = undefined
    this.advance(offset + 1)
  }

  advance(offset: number): void {
    this.#position = { ...this.#position, offset: Math.max(offset, this.#position.offset) }
  }

  setTopicId(topicId: string): void {
    this.#position = { ...this.#position, topicId }
  }

  publish(): void {
    // No other thread reads it.
  }

  maintain(): void {
    for (const { index } of this.#types.values()) if (!(index instanceof ExactIndex)) index.maintain()
  }

  async settle(): Promise<void> {
    for (const { index } of this.#types.values()) if (!(index instanceof ExactIndex)) await index.settle()
  }

  liveValues(type: HashType): number {
    const state = this.#types.get(type)
    if (!state) return 0
    const mereCanaries = canaryValues(type)
      .map((value) => state.values.get(value))
      .filter((canary) => canary?.id !== undefined && !hasRole(canary, 'match'))
    return state.found.size - mereCanaries.length
  }

  search(type: PerceptualType, queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    return this.#indexOf(type).search(queries, query, budget)
  }

  estimateMicros(type: PerceptualType, queryCount: number, query: RadiusQuery): number {
    return this.#indexOf(type).estimateMicros(queryCount, query)
  }

  lookup(type: CryptographicType, value: HashValue): number | undefined {
    const { index } = this.#state(type)
    if (!(index instanceof ExactIndex)) throw new TypeError(`${type} is not compared by equality`)
    const found = new Int32Array(1)
    index.lookup(packed(value), found)
    return found[0] === -1 ? undefined : found[0]
  }

  isSuppressed(type: HashType, value: HashValue): boolean {
    const known = this.#types.get(type)?.values.get(value)
    return known !== undefined && hasRole(known, 'suppress')
  }

  hasCanary(type: HashType): boolean {
    const canary = this.#types.get(type)?.values.get(canaryValue(type))
    return canary?.id !== undefined && hasRole(canary, 'canary')
  }

  valueOf(type: HashType, id: number): HashValue {
    const value = this.#types.get(type)?.found.get(id)
    if (value === undefined)
      throw new RangeError(`No ${type} value that is found has this id: ask before the set changes.`)
    return value
  }

  entriesOf(type: HashType, id: number): readonly KnownHash[] {
    const known = this.#state(type).values.get(this.valueOf(type, id))
    return known
      ? [...known.entries.values()].filter((entry) => entry.role === 'match').sort(compareEntries)
      : []
  }

  #indexOf(type: PerceptualType): MutableHammingIndex {
    const { index } = this.#state(type)
    if (index instanceof ExactIndex) throw new TypeError(`${type} has no similarity index`)
    return index
  }

  #state(type: HashType): TypeState {
    let state = this.#types.get(type)
    if (!state) {
      state = {
        type,
        values: new Map(),
        found: new Map(),
        index: isPerceptual(type) ? perceptualIndex(this.#index) : exactIndex(type),
      }
      this.#types.set(type, state)
    }
    return state
  }
}

const hasRole = (known: KnownValue, role: KnownHash['role']): boolean =>
  known.entries.values().some((entry) => entry.role === role)

/** Puts a value into the index, or takes it out, as its entries now demand. */
function setFound(state: TypeState, value: HashValue, known: KnownValue): void {
  const isCanary = hasRole(known, 'canary') && isCanaryValue(state.type, value)
  const found = (hasRole(known, 'match') || isCanary) && !hasRole(known, 'suppress')
  if (found && known.id === undefined) {
    known.id = state.index.add(packed(value), 0)
    state.found.set(known.id, value)
  } else if (!found && known.id !== undefined) {
    state.index.remove(known.id)
    state.found.delete(known.id)
    known.id = undefined
  }
}
