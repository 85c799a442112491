// A list of known hashes that changes all the time: it stays about as long, and is another one soon.
import { encodeKnownHash, knownHashKey } from '../../src/contract/known-hash.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, type Random } from '../../src/sample/random-hash.ts'
import { benchEntry, MD5_SHARE, randomMd5 } from './known-values.ts'

/** Removed values that may come back, at most; beyond it the older half is dropped. */
const MOST_GONE = 5_000

export interface Known {
  readonly type: 'pdq' | 'md5'
  readonly value: HashValue
}

/** A value that no list has had: mostly a PDQ hash. */
export const someKnown = (random: Random): Known =>
  random() < MD5_SHARE
    ? { type: 'md5', value: randomMd5(random) }
    : { type: 'pdq', value: randomBalancedHash(random) }

export class ChangingList {
  readonly #random: Random
  readonly #live: Known[] = []
  readonly #gone: Known[] = []
  added = 0
  removed = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Any of the values that are known now. */
  pick(): Known {
    return this.#live[Math.floor(this.#random() * this.#live.length)]
  }

  /** The records of some additions and as many removals, oldest first. */
  change(additions: number, returns: number, removals: number): { key: string; value: string | null }[] {
    const records: { key: string; value: string | null }[] = []
    for (let n = 0; n < additions + returns; n++) {
      const known = (n < returns ? this.#gone.pop() : undefined) ?? someKnown(this.#random)
      const entry = benchEntry(known.type, known.value)
      this.#live.push(known)
      this.added++
      records.push({ key: knownHashKey(entry), value: encodeKnownHash(entry) })
    }
    for (const known of this.#live.splice(0, removals)) {
      this.#gone.push(known)
      this.removed++
      records.push({ key: knownHashKey(benchEntry(known.type, known.value)), value: null })
    }
    if (this.#gone.length > MOST_GONE) this.#gone.splice(0, MOST_GONE / 2)
    return records
  }
}
