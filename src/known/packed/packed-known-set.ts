// The known-hash set in packed memory.
import { canaryValue } from '../../contract/canary.ts'
import { compareEntries } from '../../contract/hit.ts'
import {
  encodeKnownHash,
  type KnownHash,
  type KnownHashChange,
  type KnownHashIdentity,
} from '../../contract/known-hash.ts'
import {
  HASH_TYPE_NAMES,
  isPerceptual,
  type CryptographicType,
  type HashType,
  type PerceptualType,
} from '../../hash/hash-type.ts'
import type { HashValue } from '../../hash/hash-value.ts'
import type { Matches, RadiusQuery, SearchBudget } from '../../search/hamming-index.ts'
import type { IndexChoice } from '../../search/index-kind.ts'
import { exactIndex, perceptualIndex, TABLE_KEY, type PerceptualIndex } from '../index-choice.ts'
import type { SetPosition } from '../known-set.ts'
import { SetDigest } from '../set-digest.ts'
import type { SetTicket } from '../set-reader.ts'
import { EQUAL_TYPES, NEAR_TYPES, Sharing } from '../sharing.ts'
import type { SavableKnownSet } from '../snapshot/savable-known-set.ts'
import type { SnapshotReader } from '../snapshot/section-reader.ts'
import { SnapshotRefusal } from '../snapshot/snapshot-refusal.ts'
import type { SnapshotSection } from '../snapshot/write-snapshot.ts'
import { NONE } from './posting-heap.ts'
import { PostingLists, ROLE_BITS } from './posting-lists.ts'
import { Postings } from './postings.ts'
import { TypedValues } from './typed-values.ts'
import { CryptographicIds, PerceptualIds } from './value-ids.ts'

/**
 * The layout of its sections in a snapshot: another number for whatever an older program would misread, or a newer one
 * must not take over (sets of layout 2 may hold degenerate values).
 */
export const PACKED_CONTENT = 'packed-known-set/4'

export interface PackedSetOptions {
  /** How perceptual values are searched: `auto` by default. */
  readonly index?: IndexChoice
  /** Answers that each index of a perceptual type keeps for values that are asked again; none by default. */
  readonly cachedAnswers?: number
  /** Most other threads that read the set; only multi-indices can be shared. */
  readonly readers?: number
  /** See DynamicIndexOptions. */
  readonly fewestDropped?: number | undefined
}

/** What a set's parts take, in bytes. */
export interface PackedBytes {
  /** The perceptual values and the tables that search them. */
  readonly index: number
  /** The tables that find a value's id; of cryptographic types with the values. */
  readonly values: number
  /** The columns that say where a value's postings are. */
  readonly lists: number
  readonly postings: number
}

/**
 * The known-hash set for millions of entries: values, and postings with their provenance, are packed in typed arrays,
 * outside of what the garbage collector looks through. It says what `PlainKnownSet` says, its oracle in the tests.
 * What it costs at 10,000,000 entries: bench/results/known-set.json.
 */
export class PackedKnownSet implements SavableKnownSet {
  readonly content = PACKED_CONTENT
  readonly #options: PackedSetOptions
  readonly #sharing: Sharing
  readonly #postings = new Postings()
  readonly #lists = new PostingLists(this.#postings)
  readonly #perceptual = new Map<PerceptualType, TypedValues<PerceptualIds>>()
  readonly #cryptographic = new Map<CryptographicType, TypedValues<CryptographicIds>>()
  /** Types that have had an entry of role suppress: of the others no value needs to be looked for. */
  readonly #everSuppressed = new Set<HashType>()
  readonly #digest = new SetDigest()
  #digestText: string | undefined
  #position: SetPosition = { topicId: undefined, offset: 0 }
  #entries = 0
  #canaries = 0

  constructor(options: PackedSetOptions = {}) {
    this.#options = options
    this.#sharing = new Sharing(options.readers ?? 0)
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

  apply({ identity, entry }: KnownHashChange, offset: number): void {
    this.#replace(identity, entry)
    this.advance(offset + 1)
  }

  advance(offset: number): void {
    this.#position = { ...this.#position, offset: Math.max(offset, this.#position.offset) }
    this.#sharing.frames.position = this.#position.offset
  }

  setTopicId(topicId: string): void {
    this.#position = { ...this.#position, topicId }
  }

  publish(): void {
    this.#sharing.frames.publish()
  }

  maintain(): void {
    for (const { ids } of this.#perceptual.values()) ids.index.maintain()
  }

  /**
   * A place for one more thread that reads the live values. Throws a TypeError if the indices can't be shared, and a
   * RangeError if all places are taken; one is free again when its thread has ended.
   */
  openReader(): SetTicket {
    const near = NEAR_TYPES.map((type) => {
      const ticket = this.#perceptualValues(type).ids.index.openReader?.()
      if (!ticket)
        throw new TypeError(`Threads can share multi-indices only, not the index "${this.#options.index}".`)
      return [type, ticket] as const
    })
    const equal = EQUAL_TYPES.flatMap((type) => {
      const filter = this.#sharing.filterFor(type)
      return filter ? [[type, filter.ticket] as const] : []
    })
    return { near, equal }
  }

  async settle(): Promise<void> {
    for (const { ids } of this.#perceptual.values()) await ids.index.settle()
  }

  liveValues(type: HashType): number {
    return this.#values(type).live
  }

  search(type: PerceptualType, queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    return this.#perceptualValues(type).ids.index.search(queries, query, budget)
  }

  estimateMicros(type: PerceptualType, queryCount: number, query: RadiusQuery): number {
    return this.#perceptualValues(type).ids.index.estimateMicros(queryCount, query)
  }

  lookup(type: CryptographicType, value: HashValue): number | undefined {
    const values = this.#cryptographicValues(type)
    const id = values.find(value)
    return id !== -1 && values.isFound(id) ? id : undefined
  }

  isSuppressed(type: HashType, value: HashValue): boolean {
    if (!this.#everSuppressed.has(type)) return false
    const values = this.#values(type)
    return (this.#lists.roles(values.list(values.find(value))) & ROLE_BITS.suppress) !== 0
  }

  hasCanary(type: HashType): boolean {
    const values = this.#values(type)
    const id = values.find(canaryValue(type))
    if (id === -1 || !values.isFound(id)) return false
    return (this.#lists.roles(values.list(id)) & ROLE_BITS.canary) !== 0
  }

  valueOf(type: HashType, id: number): HashValue {
    const values = this.#values(type)
    if (!values.isFound(id)) {
      throw new RangeError(`No ${type} value that is found has this id: ask before the set changes.`)
    }
    return values.value(id)
  }

  entriesOf(type: HashType, id: number): readonly KnownHash[] {
    const value = this.valueOf(type, id)
    const entries: KnownHash[] = []
    for (const posting of this.#lists.each(this.#values(type).list(id))) {
      if (this.#postings.role(posting) === 'match') entries.push(this.#entry(posting, value))
    }
    return entries.sort(compareEntries)
  }

  /** All entries, of every role, in no order. The set must not change meanwhile. */
  *entriesWritten(): Iterable<KnownHash> {
    for (const values of this.#everyType()) {
      for (const id of values.all()) {
        const value = values.value(id)
        for (const posting of this.#lists.each(values.list(id))) yield this.#entry(posting, value)
      }
    }
  }

  sections(): readonly SnapshotSection[] {
    return [
      ...this.#postings.sections(),
      this.#lists.section(),
      ...this.#everyType().flatMap((values) => values.sections()),
    ]
  }

  /** The set that a snapshot holds, but for its position. Throws SnapshotRefusal. */
  static async load(reader: SnapshotReader, options?: PackedSetOptions): Promise<PackedKnownSet> {
    const set = new PackedKnownSet(options)
    try {
      await set.#restore(reader)
    } catch (error) {
      await set.close()
      throw error
    }
    return set
  }

  async close(): Promise<void> {
    for (const values of this.#everyType()) await values.ids.close()
  }

  memoryBytes(): PackedBytes {
    const bytes = { index: 0, values: 0, lists: 0, postings: this.#postings.heap.bytes }
    for (const { ids } of this.#perceptual.values()) bytes.index += ids.index.bytes
    for (const values of this.#everyType()) {
      bytes.values += values.ids.bytes
      bytes.lists += values.bytes
    }
    return bytes
  }

  #replace({ type, value, source, sourceId }: KnownHashIdentity, entry: KnownHash | null): void {
    const values = this.#values(type)
    const id = values.find(value)
    let list = values.list(id)
    const before = this.#lists.find(list, source, sourceId)
    const encodedBefore = before === NONE ? undefined : this.#postings.encoded(before, value)
    const encoded = entry ? encodeKnownHash(entry) : undefined
    if (encoded === encodedBefore) return

    if (encodedBefore !== undefined) {
      if (this.#postings.role(before) === 'canary') this.#canaries--
      list = this.#lists.remove(list, before)
      this.#digest.removeEncoded(encodedBefore)
      this.#entries--
    }
    if (entry && encoded !== undefined) {
      list = this.#lists.add(list, this.#postings.write(entry, encoded))
      this.#digest.addEncoded(encoded)
      this.#entries++
      if (entry.role === 'canary') this.#canaries++
      if (entry.role === 'suppress') this.#everSuppressed.add(type)
    }
    values.setList(value, id, list)
    this.#digestText = undefined
  }

  async #restore(reader: SnapshotReader): Promise<void> {
    const { digest, entries, sections } = reader.header
    const types = HASH_TYPE_NAMES.filter((type) => sections.some(({ name }) => name === `${type}.values`))
    if (sections.filter(({ name }) => name.endsWith('.values')).length > types.length) {
      throw new SnapshotRefusal('other-version', 'The snapshot holds hashes of a type that is not known here')
    }
    // The perceptual values first: their indices prepare themselves while the rest is read.
    for (const type of [...types].sort((a, b) => Number(isPerceptual(b)) - Number(isPerceptual(a)))) {
      await this.#values(type).restore(reader)
    }
    await this.#postings.restore(reader)
    await this.#lists.restore(reader)
    // A snapshot doesn't say which types have such entries, so mark them all: a needless look-up costs only time.
    if (this.#postings.countOf('suppress') > 0) for (const type of types) this.#everSuppressed.add(type)
    this.#canaries = this.#postings.countOf('canary')
    for (const type of types) this.#values(type).countCanaries()
    this.#digest.set(digest)
    this.#entries = entries
  }

  #entry(posting: number, value: HashValue): KnownHash {
    // The text is what encodeKnownHash made of a KnownHash.
    return JSON.parse(this.#postings.encoded(posting, value)) as KnownHash
  }

  #everyType(): readonly TypedValues[] {
    return [...this.#perceptual.values(), ...this.#cryptographic.values()]
  }

  #values(type: HashType): TypedValues {
    return isPerceptual(type) ? this.#perceptualValues(type) : this.#cryptographicValues(type)
  }

  #perceptualValues(type: PerceptualType): TypedValues<PerceptualIds> {
    let values = this.#perceptual.get(type)
    if (!values) {
      const ids = new PerceptualIds(this.#perceptualIndex(type), TABLE_KEY)
      values = new TypedValues(type, ids, this.#lists)
      this.#perceptual.set(type, values)
    }
    return values
  }

  #perceptualIndex(type: PerceptualType): PerceptualIndex {
    const { index = 'auto', cachedAnswers = 0, fewestDropped } = this.#options
    return perceptualIndex(index, { cachedAnswers, fewestDropped, ...this.#sharing.optionsFor(type) })
  }

  #cryptographicValues(type: CryptographicType): TypedValues<CryptographicIds> {
    let values = this.#cryptographic.get(type)
    if (!values) {
      values = new TypedValues(
        type,
        new CryptographicIds(exactIndex(type, this.#sharing.filterFor(type))),
        this.#lists,
      )
      this.#cryptographic.set(type, values)
    }
    return values
  }
}
