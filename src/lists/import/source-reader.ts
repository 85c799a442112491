// Reads the entries that a source has in the topic known-hashes.
import { Compile } from 'typebox/compile'
import { decodeEntry, parseEntryKey, type Entry } from '../../contract/known-hash.ts'
import { Timestamp } from '../../contract/primitives.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog, LogRecord } from '../../log/event-log.ts'
import { TopicReading } from '../../log/topic-reading.ts'
import { SourceEntries } from './source-entries.ts'

/** How the canonical bytes of an entry begin: `addedAt` is its first field. */
const BEGINNING = '{"addedAt":"'
/** Quotation marks within a text are escaped: of canonical bytes without this none has the field. */
const HELD = '"held":'
const COLON = 0x3a

const timestamp = Compile(Timestamp)

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

  constructor(log: EventLog, topic: string, source: string) {
    this.#reading = new TopicReading(log, topic)
    this.#source = Buffer.from(source)
  }

  /**
   * Reads to the end that the topic has now. What this process wrote itself comes again, which changes nothing.
   * @throws TopicGoneError If the topic was recreated: begin again with another reader.
   */
  catchUp(signal?: AbortSignal): Promise<void> {
    return this.#reading.readOn((record) => this.#take(record), signal)
  }

  #take({ key, value }: LogRecord): void {
    if (key === null || !names(key, this.#source)) return
    const identity = parseEntryKey(key.toString('utf8'))
    if (identity === undefined) return
    const id = value === null ? this.entries.find(identity) : this.entries.keep(identity)
    if (id === -1) return
    const content = value && this.#contents.read(key, value)
    if (value === null) this.entries.remove(id)
    else if (content) this.entries.set(id, value, content.addedAt, content.held)
    else this.entries.doubt(id)
  }
}

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
    const { addedAt: at, held } = change.entry
    return held && held.by === undefined ? { addedAt: at, held } : { addedAt: at }
  }

  #isTime(text: string): boolean {
    const known = this.#times.get(text)
    if (known !== undefined) return known
    const is = timestamp.Check(text)
    this.#times.set(text, is)
    return is
  }
}
