import { setTimeout as sleep } from 'node:timers/promises'
import type { KnownHash } from '../../src/contract/known-hash.ts'
import { packed, unpackHex } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, type Random } from '../../src/sample/random-hash.ts'
import { knownHash, type Deployment } from '../integration/deployment.ts'
import { untilAcknowledged } from './until-acknowledged.ts'

const FIRST = 300
const LATER = 60
const CHANGE_MS = 400
/** One change in so many is a removal. */
const REMOVAL_EVERY = 5

/** A list of known hashes that grows and shrinks while reports are matched. */
export class KnownList {
  readonly #deployment: Deployment
  readonly #random: Random
  readonly #listed: KnownHash[]
  readonly #unlisted: KnownHash[]
  readonly #removed: KnownHash[] = []
  /** One change after the other: what was removed must not come back by one that was begun before. */
  #changing: Promise<void> = Promise.resolve()

  constructor(deployment: Deployment, random: Random) {
    this.#deployment = deployment
    this.#random = random
    this.#listed = Array.from({ length: FIRST }, () => this.#newEntry())
    this.#unlisted = Array.from({ length: LATER }, () => this.#newEntry())
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

  /** Publishes all that is listed: at the beginning, and when the topic was made again. */
  publish(): Promise<void> {
    return this.#change(() => this.#deployment.addKnown(...this.#listed))
  }

  /** Adds an entry that reports have been near to already, or have not. */
  add(): Promise<void> {
    const entry = this.#unlisted.pop() ?? this.#newEntry()
    this.#listed.push(entry)
    return this.#change(() => this.#deployment.addKnown(entry))
  }

  remove(): Promise<void> {
    const [entry] = this.#listed.splice(Math.floor(this.#random() * this.#listed.length), 1)
    this.#removed.push(entry)
    return this.#change(() => this.#deployment.removeKnown(entry))
  }

  /** Changes it now and then, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for (let change = 1; !signal.aborted; change++) {
      await (change % REMOVAL_EVERY === 0 ? this.remove() : this.add())
      await sleep(CHANGE_MS, undefined, { signal }).catch(() => {})
    }
  }

  #change(publish: () => Promise<void>): Promise<void> {
    this.#changing = this.#changing.then(() => untilAcknowledged(publish))
    return this.#changing
  }

  #newEntry(): KnownHash {
    const value = randomBalancedHash(this.#random)
    return this.#random() < 0.2 ? knownHash('md5', unpackHex(packed(value), 0, 4)) : knownHash('pdq', value)
  }
}
