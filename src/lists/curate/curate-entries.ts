// Carries out in topic known-hashes what people have decided on entries: the topic is read once, however much is decided.
import {
  encodeKnownHash,
  knownHashKey,
  type Entry,
  type EntryIdentity,
  type KnownHashKey,
} from '../../contract/known-hash.ts'
import type { EventLog } from '../../log/event-log.ts'
import { CURATION_SOURCE, suppressionOf, type Curated, type Suppression } from './curation.ts'
import { findEntries, publishEntries } from './find-entries.ts'

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

/**
 * Entries as they were read, and what becomes of them. Only what differs is published: done twice it changes nothing more.
 * A change by an import that comes between the reading and the publishing is overwritten; the next import puts it right.
 */
export class EntryCuration {
  readonly #log: EventLog
  readonly #topic: string
  readonly #entries: Map<KnownHashKey, Entry>
  /** By key: null for an entry that goes. */
  readonly #changed = new Map<KnownHashKey, Entry | null>()

  private constructor(log: EventLog, topic: string, entries: ReadonlyMap<KnownHashKey, Entry>) {
    this.#log = log
    this.#topic = topic
    this.#entries = new Map(entries)
  }

  /** Reads the topic. Whatever is changed below has to be wanted here. */
  static async read(log: EventLog, topic: string, isWanted: IsMeant): Promise<EntryCuration> {
    return new EntryCuration(log, topic, await findEntries(log, topic, isWanted))
  }

  /** Changes the entries of lists that are meant. A suppression is none: it is ended, not disabled. */
  change(isMeant: IsMeant, how: (entry: Entry) => Curated): CuratedCounts {
    const counts = { found: 0, changed: 0, unchanged: 0, degenerate: 0 }
    for (const [key, entry] of this.#entries) {
      if (entry.source === CURATION_SOURCE || !isMeant(entry)) continue
      counts.found++
      const result = how(entry)
      if (typeof result === 'string') counts[result]++
      else {
        counts.changed++
        this.#set(key, result.entry)
      }
    }
    return counts
  }

  /** Under the same id a suppression is the same one. */
  suppress(suppression: Suppression): void {
    const entry = suppressionOf(suppression)
    this.#set(knownHashKey(entry), entry)
  }

  /** Ends all suppressions that are meant. Returns how many there were. */
  unsuppress(isMeant: IsMeant): number {
    const ended = [...this.#entries].filter(([, entry]) => entry.source === CURATION_SOURCE && isMeant(entry))
    for (const [key] of ended) {
      this.#entries.delete(key)
      this.#changed.set(key, null)
    }
    return ended.length
  }

  /** Resolves once Kafka has all of it. */
  async publish(): Promise<void> {
    const records = [...this.#changed].map(([key, entry]) => ({
      key,
      value: entry && encodeKnownHash(entry),
    }))
    await publishEntries(this.#log, this.#topic, records)
    this.#changed.clear()
  }

  #set(key: KnownHashKey, entry: Entry): void {
    this.#entries.set(key, entry)
    this.#changed.set(key, entry)
  }
}
