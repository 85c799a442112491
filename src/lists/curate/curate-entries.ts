// Carries out in topic known-hashes what people have decided on entries: the topic is read once, however much is decided.
import {
  CURATION_SOURCE,
  decodeEntry,
  knownHashKey,
  parseEntryKey,
  type Entry,
  type EntryIdentity,
} from '../../contract/known-hash.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog } from '../../log/event-log.ts'
import { suppressionOf, type Curated, type Suppression } from './curation.ts'
import { EntryRewrite } from './entry-rewrite.ts'

export interface CuratedCounts {
  /** Entries that are meant. */
  readonly found: number
  readonly changed: number
  /** They were so already. */
  readonly unchanged: number
  /** They stay held back, because their value says nothing of a file. */
  readonly degenerate: number
}

type IsMeant = (identity: EntryIdentity) => boolean

/** What a decision makes of an entry; undefined: there is none. */
type Order = (key: string, entry: Entry | undefined) => Entry | undefined

/**
 * Entries as they were read, and what becomes of them. Only what differs is published: done twice it changes nothing more.
 * What another writer makes of an entry meanwhile stays, and the decision holds for it: see entry-rewrite.ts.
 */
export class EntryCuration {
  readonly #rewrite: EntryRewrite
  /** What the decisions so far make of the entries that were read, by key. */
  readonly #entries: Map<string, Entry>
  readonly #orders: Order[] = []
  #isPublished = false
  /** Keys of suppressions. */
  readonly #added = new Set<string>()

  private constructor(rewrite: EntryRewrite) {
    this.#rewrite = rewrite
    this.#entries = new Map(rewrite.entries)
  }

  /** Reads the topic. Whatever is changed below has to be wanted here. */
  static async read(log: EventLog, topic: string, isWanted: IsMeant): Promise<EntryCuration> {
    const rewrite = await EntryRewrite.read(log, topic, (key, value) => {
      const identity = parseEntryKey(key.toString('utf8'))
      if (identity === undefined || !isWanted(identity)) return undefined
      const change = decodeEntry(key, value)
      return change instanceof Rejection ? undefined : (change.entry ?? undefined)
    })
    return new EntryCuration(rewrite)
  }

  /**
   * Changes the entries of lists that are meant. A suppression is none: it is ended, not disabled. The counts are of the
   * entries that were read.
   */
  change(isMeant: IsMeant, how: (entry: Entry) => Curated): CuratedCounts {
    const counts = { found: 0, changed: 0, unchanged: 0, degenerate: 0 }
    const isOfThem = (entry: Entry): boolean => entry.source !== CURATION_SOURCE && isMeant(entry)
    for (const [key, entry] of this.#entries) {
      if (!isOfThem(entry)) continue
      counts.found++
      const result = how(entry)
      if (typeof result === 'string') counts[result]++
      else {
        counts.changed++
        this.#entries.set(key, result.entry)
      }
    }
    this.#orders.push((_key, entry) => {
      if (entry === undefined || !isOfThem(entry)) return entry
      const result = how(entry)
      return typeof result === 'string' ? entry : result.entry
    })
    return counts
  }

  /** Under the same id a suppression is the same one. */
  suppress(suppression: Suppression): void {
    const added = suppressionOf(suppression)
    const addedKey = knownHashKey(added)
    this.#entries.set(addedKey, added)
    this.#added.add(addedKey)
    this.#orders.push((key, entry) => (key === addedKey ? added : entry))
  }

  /** Ends all suppressions that are meant. Returns how many there were. */
  unsuppress(isMeant: IsMeant): number {
    const isEnded = (entry: Entry): boolean => entry.source === CURATION_SOURCE && isMeant(entry)
    const ended = [...this.#entries].filter(([, entry]) => isEnded(entry))
    for (const [key] of ended) this.#entries.delete(key)
    this.#orders.push((_key, entry) => (entry && isEnded(entry) ? undefined : entry))
    return ended.length
  }

  /** Resolves once Kafka has all of it. Only once: later decisions need another reading. */
  async publish(): Promise<void> {
    if (this.#isPublished)
      throw new TypeError('These decisions were published: read the topic again for others')
    this.#isPublished = true
    await this.#rewrite.publish(
      (key, entry) => this.#orders.reduce((one, order) => order(key, one), entry),
      this.#added,
    )
  }
}
