// Rewrites entries of topic known-hashes while lists change them, too: what another writer publishes meanwhile is not lost.
import { checkEntry, decodeEntry, encodeKnownHash, type Entry } from '../../contract/known-hash.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog, LogRecord } from '../../log/event-log.ts'
import { TopicReading } from '../../log/topic-reading.ts'
import { publishEntries } from './find-entries.ts'

/** Decodes a record if its entry may be rewritten. */
type Select = (key: Buffer, value: Buffer) => Entry | undefined

/**
 * What becomes of an entry; undefined: there is none. It is asked again about what another writer made of the entry, so it
 * has to say the same each time.
 */
type Decide = (key: string, entry: Entry | undefined) => Entry | undefined

/** What was published of each entry, by key. null: it went. */
type Published = ReadonlyMap<string, string | null>

/**
 * Reading the topic takes a minute for ten million entries, and lists are synchronised meanwhile. So the rest is read before
 * anything is published, and what was published since then is looked at afterwards: where a record of ours came after a
 * withdrawal or a newer version that we did not know, the withdrawal is published again, or the decision on the newer version.
 * A record that comes after ours stands: its writer looks in the same way, or has read ours.
 */
export class EntryRewrite {
  readonly #log: EventLog
  readonly #topic: string
  readonly #select: Select
  readonly #reading: TopicReading
  readonly #entries = new Map<string, Entry>()

  private constructor(log: EventLog, topic: string, select: Select) {
    this.#log = log
    this.#topic = topic
    this.#select = select
    this.#reading = new TopicReading(log, topic)
  }

  static async read(log: EventLog, topic: string, select: Select): Promise<EntryRewrite> {
    const rewrite = new EntryRewrite(log, topic, select)
    await rewrite.#readOn()
    return rewrite
  }

  /** The entries that were selected, by key, as they were last read. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries
  }

  /**
   * Publishes what differs; resolves once Kafka has all of it and nothing of others is lost. `others`: keys of entries that
   * the topic needn't have. Returns what was decided first.
   */
  async publish(decide: Decide, others: Iterable<string> = []): Promise<Published> {
    while (await this.#readOn()) {
      // An entry has changed since it was read: read on until none does.
    }
    const first = new Map<string, string | null>()
    for (const key of new Set([...this.#entries.keys(), ...others])) {
      const entry = this.#entries.get(key)
      const text = textOf(decide(key, entry))
      if (text !== textOf(entry)) first.set(key, text)
    }
    for (let records = first; records.size > 0;) {
      await publishEntries(
        this.#log,
        this.#topic,
        [...records].map(([key, value]) => ({ key, value })),
      )
      records = correctionsOf(records, await this.#covered(records), decide)
    }
    return first
  }

  /** Returns whether an entry that is selected, or was, has changed. */
  async #readOn(): Promise<boolean> {
    let hasChanged = false
    await this.#reading.readOn(({ key, value }) => {
      if (key === null) return
      const name = key.toString('utf8')
      if (this.#entries.delete(name)) hasChanged = true
      const entry = value === null ? undefined : this.#select(key, value)
      if (entry === undefined) return
      this.#entries.set(name, entry)
      hasChanged = true
    })
    return hasChanged
  }

  /** Records of others that came after the last reading and before ours: the last one of each entry. */
  async #covered(ours: Published): Promise<ReadonlyMap<string, LogRecord['value']>> {
    const latest = new Map<string, Buffer | null>()
    const covered = new Map<string, Buffer | null>()
    await this.#reading.readOn(({ key, value }) => {
      const name = key?.toString('utf8') ?? ''
      const our = ours.get(name)
      if (our === undefined) return
      if (our !== (value?.toString('utf8') ?? null)) latest.set(name, value && Buffer.from(value))
      else {
        const other = latest.get(name)
        if (other !== undefined) covered.set(name, other)
      }
    })
    return covered
  }
}

/** What has to follow ours, so that nothing of others is lost. */
function correctionsOf(
  ours: Published,
  covered: ReadonlyMap<string, LogRecord['value']>,
  decide: Decide,
): Map<string, string | null> {
  const corrections = new Map<string, string | null>()
  for (const [key, value] of covered) {
    const change = decodeEntry(Buffer.from(key), value)
    if (change instanceof Rejection) continue
    const text = textOf(decide(key, change.entry ?? undefined))
    if (text !== ours.get(key)) corrections.set(key, text)
  }
  return corrections
}

function textOf(entry: Entry | undefined): string | null {
  if (entry === undefined) return null
  const checked = checkEntry(entry)
  if (checked instanceof Rejection)
    throw new TypeError(`Not published: matchers would refuse the record of an entry (${checked.code})`)
  return encodeKnownHash(entry)
}
