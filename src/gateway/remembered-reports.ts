// Which reports were written lately, in bounded memory: one that comes again needs no second record, and another content
// under an id that is taken is a mistake of the platform that it should hear of.
import { hash } from 'node:crypto'

/** 16 bytes of the digest of (platform, reportId), and 8 bytes of that of the content, in words of 4 bytes. */
const ID_WORDS = 4
const SLOT_WORDS = ID_WORDS + 2
/** Slots for each report: a table that is fuller takes long searches. */
const SLOTS_PER_REPORT = 1.5

/** The digests that a report is remembered by. */
export type ReportPrint = Uint32Array

export type Remembered = 'new' | 'same' | 'other content'

export function printOf(platform: string, reportId: string, text: string): ReportPrint {
  // Neither has a space in it.
  const id = hash('sha256', `${platform} ${reportId}`, 'buffer')
  const content = hash('sha256', text, 'buffer')
  const print = new Uint32Array(SLOT_WORDS)
  // An empty slot begins with 0.
  print[0] = id.readUInt32LE(0) || 1
  for (let word = 1; word < ID_WORDS; word++) print[word] = id.readUInt32LE(word * 4)
  for (let word = ID_WORDS; word < SLOT_WORDS; word++)
    print[word] = content.readUInt32LE((word - ID_WORDS) * 4)
  return print
}

/** Remembers at least the latest `capacity` reports and at most twice as many. */
export class RememberedReports {
  readonly #capacity: number
  /** Two generations: when the newer one is full, the older one is emptied and becomes the newer. */
  #newer: Table
  #older: Table

  constructor(capacity: number) {
    this.#capacity = capacity
    const slots = 2 ** Math.ceil(Math.log2(Math.max(capacity * SLOTS_PER_REPORT, 2)))
    this.#newer = new Table(slots)
    this.#older = new Table(slots)
  }

  get size(): number {
    return this.#newer.size + this.#older.size
  }

  look(print: ReportPrint): Remembered {
    const found = this.#newer.look(print)
    return found === 'new' ? this.#older.look(print) : found
  }

  remember(print: ReportPrint): void {
    if (this.#capacity === 0) return
    if (this.#newer.size >= this.#capacity) {
      const older = this.#older
      this.#older = this.#newer
      this.#newer = older
      older.clear()
    }
    this.#newer.put(print)
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

  look(print: ReportPrint): Remembered {
    const at = this.#slotOf(print)
    const words = this.#words
    if (words[at] === 0) return 'new'
    const isSame =
      words[at + ID_WORDS] === print[ID_WORDS] && words[at + ID_WORDS + 1] === print[ID_WORDS + 1]
    return isSame ? 'same' : 'other content'
  }

  put(print: ReportPrint): void {
    const at = this.#slotOf(print)
    if (this.#words[at] === 0) this.size++
    for (let word = 0; word < SLOT_WORDS; word++) this.#words[at + word] = print[word]
  }

  clear(): void {
    this.#words.fill(0)
    this.size = 0
  }

  /** Where the words of its slot begin, or those of the empty slot that it would get. */
  #slotOf(print: ReportPrint): number {
    const words = this.#words
    // The digest is even: any bits of it will do.
    for (let slot = print[1] & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * SLOT_WORDS
      if (words[at] === 0) return at
      if (
        words[at] === print[0] &&
        words[at + 1] === print[1] &&
        words[at + 2] === print[2] &&
        words[at + 3] === print[3]
      )
        return at
    }
  }
}
