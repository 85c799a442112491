// Which reports are being written or were lately, in bounded memory: one that comes again needs no second record, and another
// content under an id that is taken is a mistake of the platform that it should hear of.
import { hash } from 'node:crypto'
import { KeyedHash } from './keyed-hash.ts'

/** Words of 4 bytes: the hash of the reportId, that of the content. */
const ID_WORDS = 3
const SLOT_WORDS = ID_WORDS + 2
/** Of the content's first word: whether the report is written. */
const WRITTEN = 1
/** Slots for each report: a table that is fuller takes long searches. */
const SLOTS_PER_REPORT = 1.5

/**
 * The hashes that a report is remembered by. With forty million reports in memory, as many as the settings allow, two ids of a
 * platform share a hash once in 10^21 reports: the second one is refused.
 */
export type ReportPrint = Uint32Array

/**
 * new: it is remembered as being written from now on. under way: another request is writing it, or has failed to, so that
 * Kafka may have it or not. written: it is in Kafka. other content: the id is taken.
 */
export type Remembered = 'new' | 'under way' | 'written' | 'other content'

/** Remembers at least the latest `capacity` reports and at most twice as many. */
export class RememberedReports {
  readonly #capacity: number
  /** By platform: none can find ids or contents that collide, its own or another's. */
  readonly #hashes = new Map<string, readonly [KeyedHash, KeyedHash]>()
  /** Two generations: when the newer one is full, the older one is emptied and becomes the newer. */
  #newer: Table
  #older: Table

  /** @param capacity At least 1. */
  constructor(capacity: number) {
    this.#capacity = capacity
    const slots = 2 ** Math.ceil(Math.log2(capacity * SLOTS_PER_REPORT + 1))
    this.#newer = new Table(slots)
    this.#older = new Table(slots)
  }

  get size(): number {
    return this.#newer.size + this.#older.size
  }

  /** @param text The canonical content. */
  printOf(platform: string, reportId: string, text: string): ReportPrint {
    let hashes = this.#hashes.get(platform)
    if (hashes === undefined) {
      hashes = [new KeyedHash(), new KeyedHash()]
      this.#hashes.set(platform, hashes)
    }
    const [keyed, second] = hashes
    const print = new Uint32Array(SLOT_WORDS)
    keyed.hash(reportId, print, 0)
    // Half of it counts: the content takes the place of the other one.
    second.hash(reportId, print, ID_WORDS - 1)
    // A text of bytes takes half of the time that a buffer takes.
    keyed.hash(hash('sha256', text, 'binary'), print, ID_WORDS)
    // An empty slot begins with 0, and a slot whose report was dropped has no content.
    print[0] ||= 1
    print[ID_WORDS] &= ~WRITTEN
    print[ID_WORDS + 1] ||= 1
    return print
  }

  /** Says how a report that is about to be written is known. */
  begin(print: ReportPrint): Remembered {
    const inNewer = this.#newer.find(print)
    if (inNewer !== undefined) return this.#newer.take(inNewer, print)
    const inOlder = this.#older.find(print)
    if (inOlder !== undefined) return this.#older.take(inOlder, print)
    this.#put(print, 0)
    return 'new'
  }

  /** It is in Kafka. */
  written(print: ReportPrint): void {
    const inNewer = this.#newer.find(print)
    if (inNewer !== undefined) {
      this.#newer.set(inNewer, print, WRITTEN)
      return
    }
    const inOlder = this.#older.find(print)
    if (inOlder === undefined) this.#put(print, WRITTEN)
    else this.#older.set(inOlder, print, WRITTEN)
  }

  /** Nothing was sent to Kafka since it was new: the next report of this id is new. */
  dropped(print: ReportPrint): void {
    for (const table of [this.#newer, this.#older]) {
      const at = table.find(print)
      if (at !== undefined) table.drop(at, print)
    }
  }

  #put(print: ReportPrint, flag: 0 | typeof WRITTEN): void {
    if (this.#newer.size >= this.#capacity) {
      const older = this.#older
      this.#older = this.#newer
      this.#newer = older
      older.clear()
    }
    this.#newer.add(print, flag)
  }
}

/** A hash table of fixed size in one piece of memory, which the garbage collector never walks through. */
class Table {
  readonly #words: Uint32Array
  readonly #mask: number
  size = 0

  /** @param slots A power of two, more than will be put in. */
  constructor(slots: number) {
    this.#words = new Uint32Array(slots * SLOT_WORDS)
    this.#mask = slots - 1
  }

  /** Where the words of its slot begin. */
  find(print: ReportPrint): number | undefined {
    const at = this.#slotOf(print)
    return this.#words[at] === 0 ? undefined : at
  }

  /** What the slot says of the report. A slot whose report was dropped becomes that of this one. */
  take(at: number, print: ReportPrint): Remembered {
    const words = this.#words
    if (words[at + ID_WORDS + 1] === 0) {
      this.set(at, print, 0)
      return 'new'
    }
    if (!this.#isSame(at, print)) return 'other content'
    return (words[at + ID_WORDS] & WRITTEN) === 0 ? 'under way' : 'written'
  }

  drop(at: number, print: ReportPrint): void {
    if (!this.#isSame(at, print) || (this.#words[at + ID_WORDS] & WRITTEN) !== 0) return
    this.#words[at + ID_WORDS] = 0
    this.#words[at + ID_WORDS + 1] = 0
  }

  set(at: number, print: ReportPrint, flag: 0 | typeof WRITTEN): void {
    this.#words[at + ID_WORDS] = print[ID_WORDS] | flag
    this.#words[at + ID_WORDS + 1] = print[ID_WORDS + 1]
  }

  add(print: ReportPrint, flag: 0 | typeof WRITTEN): void {
    const at = this.#slotOf(print)
    if (this.#words[at] === 0) this.size++
    for (let word = 0; word < ID_WORDS; word++) this.#words[at + word] = print[word]
    this.set(at, print, flag)
  }

  clear(): void {
    this.#words.fill(0)
    this.size = 0
  }

  #isSame(at: number, print: ReportPrint): boolean {
    const words = this.#words
    return (
      (words[at + ID_WORDS] & ~WRITTEN) === (print[ID_WORDS] | 0) &&
      words[at + ID_WORDS + 1] === print[ID_WORDS + 1]
    )
  }

  /** Where the words of its slot begin, or those of the empty slot that it would get. */
  #slotOf(print: ReportPrint): number {
    const words = this.#words
    // The bits of the hash are evenly spread: any of them will do.
    for (let slot = print[1] & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * SLOT_WORDS
      if (words[at] === 0) return at
      if (words[at] === print[0] && words[at + 1] === print[1] && words[at + 2] === print[2]) return at
    }
  }
}
