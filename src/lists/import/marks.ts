// What a list that is being compared says of a source's entries, and the counts that follow.
import { ChunkedRows } from '../../search/equal/chunked-rows.ts'
import type { SourceEntries } from './source-entries.ts'

const CHUNK_ROWS = 2 ** 16
/** Of larger lists all entries are looked through, instead of a list of those that have a mark. */
const MOST_NOTED = 100_000

/** The list says nothing of the entry. */
const UNMENTIONED = 0
/** Its value is withdrawn. */
const WITHDRAWN = 1
/** The list has a record of its file. */
const FILE_WITHOUT = 2
const UNKNOWN = 3
/** A record of the file has the value, of a class that is no entry. */
const HARMLESS = 4
/** One record says that the entry is a match, another one that it is not. */
const CONTRADICTED = 5
/** Marks from this one on are the number of the record that has the entry. */
const FIRST_RECORD = 6
/** The topic has the entry with other bytes, or doesn't have it. */
const DIFFERS = 0x80000000
/** The entry in the topic is searched, and the one in the list is not, or suppresses. */
const STOPS = 0x40000000
/** In the list the entry is no match. */
const NO_MATCH = 0x20000000
const FLAGS = DIFFERS | STOPS | NO_MATCH

type Fate = 'nothing' | 'added' | 'changed' | 'stopped' | 'unchanged' | 'removed' | 'stays'

/** What a record says of an entry, beside the topic's. */
export interface RecordHas {
  /** The record's number, from 0 on. */
  readonly record: number
  readonly differs: boolean
  readonly stops: boolean
  /** Whether its role is match. */
  readonly isMatch: boolean
}

const numberOf = (mark: number): number => mark & ~FLAGS
const isRecord = (mark: number): boolean => numberOf(mark) >= FIRST_RECORD

/** Marks of entries that go. */
const ENDS: ReadonlySet<number> = new Set([WITHDRAWN, FILE_WITHOUT, HARMLESS])

export class Marks {
  readonly #entries: SourceEntries
  readonly #marks = new ChunkedRows(Uint32Array, 1, CHUNK_ROWS)
  readonly counts: Record<Fate, number> = {
    nothing: 0,
    added: 0,
    changed: 0,
    stopped: 0,
    unchanged: 0,
    removed: 0,
    stays: 0,
  }
  /** Times that a list said both of one entry. */
  contradicted = 0
  /** Entries of the topic that have a mark. */
  #mentioned = 0
  /** Those that have a mark. Undefined: too many. */
  #noted: number[] | undefined = []

  constructor(entries: SourceEntries) {
    this.#entries = entries
  }

  /** Whether an earlier record was of the file of this entry. */
  isOfSeenFile(id: number): boolean {
    return this.#get(id) >= FILE_WITHOUT
  }

  /** Whether the source has the entry once the list, up to here, is published. */
  isLive(id: number): boolean {
    const mark = this.#get(id)
    return isRecord(mark) || (this.#entries.isPresent(id) && !ENDS.has(mark))
  }

  has(id: number, { record, differs, stops, isMatch }: RecordHas): void {
    this.#set(
      id,
      (FIRST_RECORD + record) | (differs ? DIFFERS : 0) | (stops ? STOPS : 0) | (isMatch ? 0 : NO_MATCH),
    )
  }

  /**
   * As `has`, where several records are of one file: if an earlier one says that the entry is no match and this one that it
   * is, or the other way round, neither counts, and what the topic has stays.
   */
  hasToo(id: number, said: RecordHas): void {
    const mark = this.#get(id)
    if (mark === CONTRADICTED) return
    const isOther = isRecord(mark) && ((mark & NO_MATCH) === 0) !== said.isMatch
    if ((mark === HARMLESS && said.isMatch) || isOther) this.#contradict(id)
    else this.has(id, said)
  }

  /** Records are of one file, and this one has the entry's value under a class that is no entry. */
  isHarmless(id: number): void {
    const mark = this.#get(id)
    if (isRecord(mark) && (mark & NO_MATCH) === 0) this.#contradict(id)
    else if (!isRecord(mark) && mark !== CONTRADICTED) this.#set(id, HARMLESS)
  }

  /** A record is of the entry's file and has a hash of its type that can't be read: that may be this one. */
  spare(id: number): void {
    if (this.#get(id) === FILE_WITHOUT) this.#set(id, UNKNOWN)
  }

  #contradict(id: number): void {
    this.contradicted++
    this.#set(id, CONTRADICTED)
  }

  /** A record is of the entry's file, and so far lacks the entry. */
  lacks(id: number): void {
    this.#set(id, FILE_WITHOUT)
  }

  withdraw(id: number): void {
    this.#set(id, this.isOfSeenFile(id) ? FILE_WITHOUT : WITHDRAWN)
  }

  /** A record is of the entry's file and can't be read. */
  keep(id: number): void {
    if (this.#get(id) === UNMENTIONED) this.#set(id, UNKNOWN)
  }

  /** Whether this record says how the entry is published. */
  isPublishedBy(id: number, record: number): boolean {
    const mark = this.#get(id)
    return (mark & DIFFERS) !== 0 && numberOf(mark) === FIRST_RECORD + record
  }

  /** Before the entry is forgotten. */
  clear(id: number): void {
    this.#set(id, UNMENTIONED)
  }

  /** The entries of the topic that the list ends. `complete`: also those that it doesn't mention. */
  *removed(complete: boolean): Generator<number> {
    const noted = complete ? undefined : this.#noted
    for (const id of noted ? new Set(noted) : numbersBelow(this.#entries.end)) {
      if (!this.#entries.isPresent(id)) continue
      const mark = this.#get(id)
      if (ENDS.has(mark) || (complete && mark === UNMENTIONED)) yield id
    }
  }

  /** Entries of the topic that the list doesn't mention. */
  get unmentioned(): number {
    return this.#entries.size - this.#mentioned
  }

  #get(id: number): number {
    return id < this.#marks.count ? this.#marks.chunk(id)[this.#marks.at(id)] : UNMENTIONED
  }

  #set(id: number, mark: number): void {
    const before = this.#get(id)
    this.#count(id, before, -1)
    this.#count(id, mark >>> 0, 1)
    this.#marks.reach(id)
    this.#marks.chunk(id)[this.#marks.at(id)] = mark
    if (before !== UNMENTIONED || this.#noted === undefined) return
    if (this.#noted.push(id) > MOST_NOTED) this.#noted = undefined
  }

  #count(id: number, mark: number, step: 1 | -1): void {
    if (mark === UNMENTIONED) return
    const fate = this.#fate(id, mark)
    this.counts[fate] += step
    if (this.#entries.isPresent(id)) this.#mentioned += step
  }

  #fate(id: number, mark: number): Fate {
    const isPresent = this.#entries.isPresent(id)
    if (!isRecord(mark)) return isPresent ? (ENDS.has(mark) ? 'removed' : 'stays') : 'nothing'
    if ((mark & DIFFERS) === 0) return 'unchanged'
    if ((mark & STOPS) !== 0) return 'stopped'
    return isPresent && this.#entries.addedAt(id) !== undefined ? 'changed' : 'added'
  }
}

function* numbersBelow(end: number): Generator<number> {
  for (let number = 0; number < end; number++) yield number
}
