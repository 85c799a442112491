// What a deployment's lists hold, as keyed digests: two deployments compare them, and neither learns a hash of the other.
import { createHmac, hash, randomInt, type KeyObject } from 'node:crypto'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { decodeEntry, type EntryChange } from '../../contract/known-hash.ts'
import { parseJson } from '../../contract/json.ts'
import { Count, SourceName, Timestamp } from '../../contract/primitives.ts'
import { explain, Rejection } from '../../contract/rejection.ts'
import { packHex } from '../../hash/hash-value.ts'
import { SetDigest } from '../../known/set-digest.ts'
import type { EventLog } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'
import { ExactIndex } from '../../search/equal/exact.ts'
import { withRoom } from '../../search/growth.ts'

/** By the first byte of a value's keyed digest. */
const BUCKETS = 256
const VALUE_WORDS = 8
const KEY_WORDS = 4
const SUMMARY_MAX_BYTES = 64 * 2 ** 20

const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' })

export const SetSummary = Type.Object({
  schema: Type.Literal('set-summary/1'),
  keyId: {
    ...Type.String({ pattern: '^[0-9a-f]{16}$' }),
    description: 'Tells one key from another. Summaries under different keys can’t be compared.',
  },
  asOf: Timestamp,
  sources: Type.Record(
    SourceName,
    Type.Object({
      entries: { ...Count, description: 'Entries that are matched or kept: of role match, not held back.' },
      values: { ...Count, description: 'Their different values.' },
      digest: { ...Digest, description: 'Sum modulo 2^256 of the keyed digests of the values.' },
      buckets: Type.Array(Type.Object({ values: Count, digest: Digest }), {
        minItems: BUCKETS,
        maxItems: BUCKETS,
        description: 'The same, by the first byte of the keyed digest.',
      }),
    }),
  ),
})
export type SetSummary = Static<typeof SetSummary>
export type SourceSummary = SetSummary['sources'][string]

const summaryCheck = Compile(SetSummary)

/** Reads a summary from a file's bytes, or says why it is none. */
export function decodeSetSummary(bytes: Uint8Array): SetSummary | Rejection {
  const value = parseJson(bytes, SUMMARY_MAX_BYTES)
  if (value instanceof Rejection) return value
  return summaryCheck.Check(value) ? value : explain(summaryCheck, value)
}

/** Sums up the topic as it is now. It takes about 100 bytes of memory for each entry. */
export async function summariseSet(
  log: EventLog,
  topic: string,
  key: KeyObject,
  now: Date,
): Promise<SetSummary> {
  const sets = new SourceSets(key)
  await readToEnd(log, topic, ({ key: recordKey, value }) => {
    const change = decodeEntry(recordKey, value)
    if (!(change instanceof Rejection)) sets.apply(change)
  })
  const sources = Object.fromEntries(sets.summaries())
  return { schema: 'set-summary/1', keyId: keyIdOf(key), asOf: now.toISOString(), sources }
}

const keyIdOf = (key: KeyObject): string => createHmac('sha256', key).update('key').digest('hex').slice(0, 16)

const randomKey = (): [number, number] => [randomInt(2 ** 32), randomInt(2 ** 32)]

/** The different values of one source, by their keyed digests, and how many entries have each. */
class ValueSet {
  readonly values = new ExactIndex(VALUE_WORDS, randomKey())
  entries = 0
  #uses = new Uint32Array(1_024)

  change(value: number, by: 1 | -1): void {
    this.#uses = withRoom(Uint32Array, this.#uses, value + 1)
    this.#uses[value] += by
    this.entries += by
  }

  summary(): SourceSummary {
    const all = new SetDigest()
    const buckets = Array.from({ length: BUCKETS }, () => ({ values: 0, digest: new SetDigest() }))
    const term = new Uint32Array(VALUE_WORDS)
    let count = 0
    for (let value = 0; value < this.values.size; value++) {
      if (!(this.#uses[value] > 0)) continue
      this.values.copyValue(value, term, 0)
      const bucket = buckets[term[0] >>> 24]
      bucket.values++
      bucket.digest.addTerm(term)
      all.addTerm(term)
      count++
    }
    return {
      entries: this.entries,
      values: count,
      digest: all.toString(),
      buckets: buckets.map(({ values, digest }) => ({ values, digest: digest.toString() })),
    }
  }
}

/** The state of the topic, by source: the value of each entry that counts. */
class SourceSets {
  readonly #key: KeyObject
  readonly #entries = new ExactIndex(KEY_WORDS, randomKey())
  /** Of each entry its value in its source's set, plus 1. 0: it doesn't count. */
  #valueOf = new Uint32Array(1_024)
  readonly #sets = new Map<string, ValueSet>()
  readonly #words = new Uint32Array(VALUE_WORDS)

  constructor(key: KeyObject) {
    this.#key = key
  }

  apply({ identity, key, entry }: EntryChange): void {
    const { source, type, value } = identity
    packHex(hash('sha256', key).slice(0, KEY_WORDS * 8), this.#words, 0)
    const number = this.#entries.add(this.#words, 0)
    this.#valueOf = withRoom(Uint32Array, this.#valueOf, number + 1)
    const before = this.#valueOf[number]
    const counts = entry !== null && entry.role === 'match' && entry.held === undefined
    if (before > 0 === counts) return
    const set = this.#setOf(source)
    if (before > 0) {
      set.change(before - 1, -1)
      this.#valueOf[number] = 0
      return
    }
    packHex(createHmac('sha256', this.#key).update(`${type}:${value}`).digest('hex'), this.#words, 0)
    const at = set.values.add(this.#words, 0)
    set.change(at, 1)
    this.#valueOf[number] = at + 1
  }

  /** Of each source that has an entry. */
  *summaries(): Generator<[string, SourceSummary]> {
    for (const [source, set] of [...this.#sets].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      if (set.entries > 0) yield [source, set.summary()]
  }

  #setOf(source: string): ValueSet {
    let set = this.#sets.get(source)
    if (!set) this.#sets.set(source, (set = new ValueSet()))
    return set
  }
}
