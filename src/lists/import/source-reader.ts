// Reads the entries that a source has in the topic known-hashes.
import { Compile } from 'typebox/compile'
import {
  decodeEntry,
  encodeKnownHash,
  knownHashKey,
  parseEntryKey,
  type Entry,
} from '../../contract/known-hash.ts'
import { Timestamp } from '../../contract/primitives.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog, LogRecord } from '../../log/event-log.ts'
import { TopicReading } from '../../log/topic-reading.ts'
import type { Change } from './comparison.ts'
import { OwnRecords } from './own-records.ts'
import { SourceEntries, type Held } from './source-entries.ts'

/** How the canonical bytes of an entry begin: `addedAt` is its first field. */
const BEGINNING = '{"addedAt":"'
/** Quotation marks within a text are escaped: of canonical bytes without this none has the field. */
const HELD = '"held":'
const COLON = 0x3a

const timestamp = Compile(Timestamp)

/** The last record of another writer of an entry that this process has published, too. */
interface OthersRecord {
  readonly key: Buffer
  readonly value: Buffer | null
  /** Set if a record of ours came after it. */
  ours?: Buffer
}

/**
 * Reads what a source has in the topic, and later what was written since.
 *
 * Contents are compared as bytes and not checked: an entry that a matcher refuses differs from every one that a list makes.
 */
export class SourceReader {
  readonly entries = new SourceEntries()
  readonly #reading: TopicReading
  readonly #source: Buffer
  readonly #contents = new Contents()
  readonly #own = new OwnRecords()
  /** By entry: what others wrote under our records, until a reading has reached the topic's end. */
  #others = new Map<number, OthersRecord>()
  /** A reading broke off: some of our records were read back, and the rest were not. */
  #isAmid = false

  constructor(log: EventLog, topic: string, source: string) {
    this.#reading = new TopicReading(log, topic)
    this.#source = Buffer.from(source)
  }

  /** Whether something was published that was not read back. */
  get isAhead(): boolean {
    return this.#own.count > 0
  }

  /** Until they are acknowledged the topic may have each of these changes, or not. */
  publishing(changes: readonly Change[]): void {
    for (const { id } of changes) {
      this.#own.begin(id, this.entries.print(id))
      this.entries.doubt(id)
    }
  }

  /** The topic has these changes now. */
  published(changes: readonly Change[]): void {
    this.#own.wrote(changes.length)
    for (const { id, text, addedAt, held } of changes) {
      if (text === null) this.entries.remove(id)
      else this.entries.set(id, text, addedAt, held)
    }
  }

  /**
   * Reads to the end that the topic has now, but for what this process wrote itself. Returns what has to be published, so that
   * what a person decided on an entry meanwhile is not lost under our record of it.
   * @throws TopicGoneError If the topic was recreated: begin again with another reader.
   */
  async catchUp(signal?: AbortSignal): Promise<readonly Change[]> {
    const own = this.#own.count
    if (own > 0 && !this.#isAmid && (await this.#reading.skip(own))) {
      this.#own.clear()
      return []
    }
    this.#isAmid = true
    await this.#reading.readOn((record) => this.#take(record), signal)
    this.#isAmid = false
    this.#own.clear()
    const others = this.#others
    this.#others = new Map()
    const corrections: Change[] = []
    for (const [id, { key, value, ours }] of others) {
      const correction = ours && this.#correction(id, { key, value, ours })
      if (correction) corrections.push(correction)
      if (ours === undefined) this.#apply(id, key, value)
    }
    return corrections
  }

  #take({ key, value }: LogRecord): void {
    const others = this.#others
    if (key === null || !names(key, this.#source)) return
    const identity = parseEntryKey(key.toString('utf8'))
    if (identity === undefined) return
    const id = value === null ? this.entries.find(identity) : this.entries.keep(identity)
    if (id === -1) return
    const other = others.get(id)
    if (other || this.#own.has(id)) {
      const print = value === null ? undefined : this.entries.printOf(value)
      const latest = this.entries.print(id)
      if (this.#own.take(id, print, latest)) {
        // A withdrawal ends what people decided, too.
        if (value === null) others.delete(id)
        else if (other) other.ours = Buffer.from(value)
        // Else it may be ours, written twice.
      } else if (!(other?.ours && print === latest))
        others.set(id, { key: Buffer.from(key), value: value && Buffer.from(value) })
    } else this.#apply(id, key, value)
  }

  #apply(id: number, key: Buffer, value: Buffer | null): void {
    const content = value && this.#contents.read(key, value)
    if (value === null) this.entries.remove(id)
    else if (content) this.entries.set(id, value, content.addedAt, content.held)
    else this.entries.doubt(id)
  }

  /** Our record of an entry, with what a person decided on the entry before it came; undefined: it says so already. */
  #correction(id: number, { key, value, ours }: Required<OthersRecord>): Change | undefined {
    const decided = value && this.#contents.read(key, value)
    const change = decodeEntry(key, ours)
    if (!decided || change instanceof Rejection || change.entry === null) return undefined
    const { held: here, ...entry } = change.entry
    if (here?.why === 'degenerate' || isSameHold(decided.held, byPerson(here))) return undefined
    const { held } = decided
    const text = encodeKnownHash(held ? { ...entry, held } : entry)
    return { id, key: knownHashKey(entry), text, fate: 'changed', addedAt: entry.addedAt, held }
  }
}

/** A person's hold. What the list decides, it decides each time. */
const byPerson = (held: Held | undefined): Held | undefined => (held?.by === undefined ? held : undefined)

const isSameHold = (one: Held | undefined, other: Held | undefined): boolean =>
  one?.why === other?.why && one?.until === other?.until

/** Whether the third part of a key is this source. */
function names(key: Buffer, source: Buffer): boolean {
  const from = key.indexOf(COLON, key.indexOf(COLON) + 1) + 1
  const to = from + source.length
  return key[to] === COLON && key.compare(source, 0, source.length, from, to) === 0
}

/** Reads what an import carries over. */
class Contents {
  /** The times that were met, and whether they are times. */
  readonly #times = new Map<string, boolean>()

  /** Undefined if the record is no entry. */
  read(key: Buffer, value: Buffer): Pick<Entry, 'addedAt' | 'held'> | undefined {
    const text = value.toString('utf8')
    const addedAt = text.slice(BEGINNING.length, text.indexOf('"', BEGINNING.length))
    if (text.startsWith(BEGINNING) && !text.includes(HELD) && this.#isTime(addedAt)) return { addedAt }
    const change = decodeEntry(key, value)
    if (change instanceof Rejection || change.entry === null) return undefined
    const held = byPerson(change.entry.held)
    return held ? { addedAt: change.entry.addedAt, held } : { addedAt: change.entry.addedAt }
  }

  #isTime(text: string): boolean {
    const known = this.#times.get(text)
    if (known !== undefined) return known
    const is = timestamp.Check(text)
    this.#times.set(text, is)
    return is
  }
}
