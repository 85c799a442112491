// The room `known` is the known-hash set: entries with their provenance, kept by applying the records of the
// topic known-hashes in order. It knows nothing of Kafka: `stream/` feeds it.
import type { KnownHash, KnownHashChange } from '../contract/known-hash.ts'
import type { CryptographicType, HashType, PerceptualType } from '../hash/hash-type.ts'
import type { HashValue } from '../hash/hash-value.ts'
import type { Matches, RadiusQuery, SearchBudget } from '../search/hamming-index.ts'

/** A state of the set: which topic it was read from, and the next offset to apply. */
export interface SetPosition {
  /** The UUID in the topic's record `_topic`; undefined until that record has been read. */
  readonly topicId: string | undefined
  readonly offset: number
}

/**
 * The known-hash set. A value is *live*, and found by `search` and `lookup`, while it has an entry of role match
 * and none of role suppress. A canary (contract/canary.ts) is found, too, while it has an entry of role canary, but
 * it isn't live: `liveValues` and `entriesOf` know nothing of it. Other values of role canary are kept and
 * counted, and not found.
 *
 * Reads are synchronous and see one state; only `apply`, `advance` and `setTopicId` change it.
 */
export interface KnownSet {
  readonly position: SetPosition
  /** Number of entries, of every role. */
  readonly entries: number
  /** Number of entries of role canary. */
  readonly canaries: number
  /** Order-independent digest of the entries (see set-digest.ts), 64 hexadecimal digits. */
  readonly digest: string

  /** Applies the record at `offset`: the last record of a key wins, a removal removes. */
  apply(change: KnownHashChange, offset: number): void
  /** Says that there is nothing to apply before `offset` (compaction leaves gaps; a bad record is skipped). */
  advance(offset: number): void
  /** Names the topic that the records come from. */
  setTopicId(topicId: string): void

  /** Shows what was applied, all of it at once, to other threads that read the set. */
  publish(): void
  /** Indexes what was added lately, beside other work; searching does it, too. */
  maintain(): void
  /** Resolves when searching is as fast as it will get: what was applied has been indexed. */
  settle(): Promise<void>

  /** Number of live values of a type. */
  liveValues(type: HashType): number
  /** Known values near each of the packed queries (8 words each), or the first of them; ids are those of `valueOf`. */
  search(type: PerceptualType, queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches
  /** About how long `search` takes for `queryCount` queries, in microseconds. */
  estimateMicros(type: PerceptualType, queryCount: number, query: RadiusQuery): number
  /** The id of a value that is found, or undefined. */
  lookup(type: CryptographicType, value: HashValue): number | undefined
  /** Whether an entry of role suppress silences this value. */
  isSuppressed(type: HashType, value: HashValue): boolean
  /** Whether the canary of this type is found; not that of the canary file. */
  hasCanary(type: HashType): boolean
  /** The value of an id that `search` or `lookup` gave, while the set is unchanged. */
  valueOf(type: HashType, id: number): HashValue
  /** Its entries of role match, in the order of (source, sourceId); none if it is only a canary. */
  entriesOf(type: HashType, id: number): readonly KnownHash[]
}
