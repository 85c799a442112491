// The list of a fault run: it grows, shrinks and is rewritten while reports are matched.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KnownHash } from '../../src/contract/known-hash.ts'
import { packed, unpackHex } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, type Random } from '../../src/sample/random-hash.ts'
import { knownHash } from '../fixtures/entries.ts'
import { type Deployment } from '../integration/deployment.ts'
import { untilAcknowledged } from './until-acknowledged.ts'

const FIRST = 300
const LATER = 60
const CHANGE_MS = 400
/** Every fifth change is a removal. */
const REMOVAL_EVERY = 5

/** Who writes a list's changes to Kafka: our own producer, or another client's. Rejects if it wasn't acknowledged. */
export type ListWriter = Pick<Deployment, 'addKnown' | 'removeKnown'>

/** A list of known hashes, its changes published one after the other. */
export class KnownList {
  readonly #writer: ListWriter
  readonly #random: Random
  readonly #listed: KnownHash[]
  readonly #unlisted: KnownHash[]
  readonly #removed: KnownHash[] = []
  /** In order: an addition that is sent again must not bring back what was removed since. */
  #changing: Promise<void> = Promise.resolve()

  constructor(writer: ListWriter, random: Random, first = FIRST) {
    this.#writer = writer
    this.#random = random
    this.#listed = Array.from({ length: first }, () => this.newEntry())
    this.#unlisted = Array.from({ length: LATER }, () => this.newEntry())
  }

  /** In the list, and never out of it again. */
  get listed(): readonly KnownHash[] {
    return this.#listed
  }

  get removed(): readonly KnownHash[] {
    return this.#removed
  }

  /** One that is listed, will be, or was. */
  any(): KnownHash {
    const all = [this.#listed, this.#listed, this.#unlisted, this.#removed].filter(({ length }) => length > 0)
    const from = all[Math.floor(this.#random() * all.length)]
    return from[Math.floor(this.#random() * from.length)]
  }

  /** Publishes all that is listed: at the beginning, and when the topic was recreated. */
  publish(): Promise<void> {
    return this.#change(() => this.#writer.addKnown(...this.#listed))
  }

  /** Adds an entry that reports have been near to already, or have not. */
  add(): Promise<void> {
    const entry = this.#unlisted.pop() ?? this.newEntry()
    this.#listed.push(entry)
    return this.#change(() => this.#writer.addKnown(entry))
  }

  remove(): Promise<void> {
    const [entry] = this.#listed.splice(Math.floor(this.#random() * this.#listed.length), 1)
    this.#removed.push(entry)
    return this.#change(() => this.#writer.removeKnown(entry))
  }

  /** Publishes some listed entries again, with another classification, which leaves their older records to compaction. */
  rewrite(count: number): Promise<void> {
    const from = Math.floor(this.#random() * Math.max(1, this.#listed.length - count))
    return this.#rewrite(from, count)
  }

  /** Rewrites the entries that were added last. */
  rewriteNewest(count: number): Promise<void> {
    return this.#rewrite(Math.max(0, this.#listed.length - count), count)
  }

  /** Changes it now and then, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for (let change = 1; !signal.aborted; change++) {
      await (change % REMOVAL_EVERY === 0 ? this.remove() : this.add())
      await sleep(CHANGE_MS, undefined, { signal }).catch(() => {})
    }
  }

  #rewrite(from: number, count: number): Promise<void> {
    const changed = this.#listed.slice(from, from + count).map((entry) => ({
      ...entry,
      classification: { ...entry.classification, code: entry.classification.code === 'A1' ? 'A2' : 'A1' },
    }))
    this.#listed.splice(from, changed.length, ...changed)
    return this.#change(() => this.#writer.addKnown(...changed))
  }

  #change(publish: () => Promise<void>): Promise<void> {
    this.#changing = this.#changing.then(() => untilAcknowledged(publish))
    return this.#changing
  }

  /** An entry that no list has. */
  newEntry(): KnownHash {
    const value = randomBalancedHash(this.#random)
    return this.#random() < 0.2 ? knownHash('md5', unpackHex(packed(value), 0, 4)) : knownHash('pdq', value)
  }
}
