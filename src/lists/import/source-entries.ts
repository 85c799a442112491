// The entries that a source has in the topic known-hashes, in few bytes each, by key and by sourceId.
import { hash } from 'node:crypto'
import type { Entry } from '../../contract/known-hash.ts'
import { ChunkedRows } from '../../search/equal/chunked-rows.ts'
import { EqualityTable, type NumberedValues } from '../../search/equal/equality-table.ts'
import { keyedHash, randomTableKey } from '../../search/equal/keyed-hash.ts'
import { EntryArena } from './entry-arena.ts'
import { isSearchedText } from './entry-text.ts'
import {
  idOf,
  IdentityRoom,
  lengthOf,
  unpackIdentity,
  type IdPlace,
  type OwnIdentity,
} from './packed-identity.ts'
import { ValueChains, type PackedPlace } from './value-chains.ts'

// The words of a row.
const PLACE = 0
const CONTENT = 1
const CONTENT_WORDS = 2
const STATE = 3
const NEXT = 4
const ROW_WORDS = 5
const CHUNK_ROWS = 2 ** 16

/** Entries of a sourceId that are looked through one by one. Nearly no file has as many hashes. */
const WALKED = 16

// What a state says, below the number of the time when the entry was added.
/** The topic has the entry, or may have it. */
const PRESENT = 1
/** What the topic says of it is known. */
const SURE = 2
/** It is a match that is not held back. */
const SEARCHED = 4
const STATE_BITS = 3

export type Held = NonNullable<Entry['held']>

/**
 * Entries of one source. Each has a number, its id here, as long as it is kept; an absent one is kept, too, until it is
 * forgotten: it was removed, or a list that is being compared has it.
 *
 * Ten million entries of an MD5 and an id of eight characters take 56 bytes each: 28 of identity, 20 of a row, 8.4 of a
 * table. Contents are compared by 64 bits of SHA-256: a change is taken for none once in 10¹⁹.
 */
export class SourceEntries {
  readonly #arena = new EntryArena()
  readonly #rows = new ChunkedRows(Uint32Array, ROW_WORDS, CHUNK_ROWS)
  readonly #key = randomTableKey()
  /** The entries behind the first WALKED ones of their sourceId: a list may give a million values one id. */
  readonly #byIdentity: EqualityTable
  /** The first entry of each sourceId. The others follow it by NEXT. */
  readonly #bySourceId: EqualityTable
  #byValue: ValueChains | undefined
  /** The identity that is looked for. */
  readonly #room = new IdentityRoom()
  readonly #idRoom = new IdentityRoom()
  readonly #print = new Uint32Array(1)
  /** What #firstOf has found last. */
  #lastFirst: { readonly sourceId: string; readonly print: number; readonly first: number } | undefined
  /** The id that was found or given last, or -1. */
  #found = -1
  readonly #idPlace: IdPlace = { from: 0, count: 0, form: 0 }
  readonly #free: number[] = []
  readonly #content = new Uint32Array(CONTENT_WORDS)
  readonly #held = new Map<number, Held>()
  /** The times as they were written. An import gives all of its entries the same one; 0 is of entries without one. */
  readonly #times = ['']
  readonly #timeNumbers = new Map<string, number>()
  #size = 0

  constructor() {
    const identities: NumberedValues = {
      equals: (id) => this.#isIdentity(id),
      copyValue: (id, to, at) => {
        const { chunk, from } = this.#identity(id)
        to[at] = keyedHash(this.#key, chunk, from, lengthOf(chunk[from]))
      },
    }
    const sourceIds: NumberedValues = {
      equals: (id) => this.#isSourceId(id),
      copyValue: (id, to, at) => {
        to[at] = this.#printOfSourceId(id)
      },
    }
    this.#byIdentity = new EqualityTable(identities, 1, randomTableKey())
    this.#bySourceId = new EqualityTable(sourceIds, 1, randomTableKey())
  }

  /** Number of entries that the topic has, or may have. */
  get size(): number {
    return this.#size
  }

  /** Ids are below this number. */
  get end(): number {
    return this.#rows.count
  }

  /** The entry's id, or -1 if it was never here or is forgotten. */
  find(identity: OwnIdentity): number {
    this.#room.pack(identity)
    const next = this.#nextFound()
    if (next !== -1) return next
    this.#found = this.#findBehind(this.#firstOf(identity.sourceId))
    return this.#found
  }

  /** The entry's id. One that was never here is kept as absent. */
  keep(identity: OwnIdentity): number {
    const { words, length } = this.#room.pack(identity)
    const next = this.#nextFound()
    if (next !== -1) return next
    const first = this.#firstOf(identity.sourceId)
    this.#found = this.#findBehind(first)
    if (this.#found !== -1) return this.#found
    const id = this.#free.pop() ?? this.#rows.append()
    this.#found = id
    this.#set(id, PLACE, this.#arena.add(words, length))
    this.#set(id, STATE, 0)
    this.#join(id, first)
    this.#byValue?.add(id)
    return id
  }

  /** Whether the topic has the entry, or may have it. */
  isPresent(id: number): boolean {
    return (this.#get(id, STATE) & PRESENT) !== 0
  }

  /** Whether the topic has the entry with these canonical bytes, for sure. */
  isSame(id: number, bytes: string | Buffer): boolean {
    const state = this.#get(id, STATE)
    if ((state & (PRESENT | SURE)) !== (PRESENT | SURE)) return false
    const content = this.#contentOf(bytes)
    return this.#get(id, CONTENT) === content[0] && this.#get(id, CONTENT + 1) === content[1]
  }

  /** What tells the content of the entry from others; undefined of one that is absent. */
  print(id: number): string | undefined {
    return this.isPresent(id) ? `${this.#get(id, CONTENT)} ${this.#get(id, CONTENT + 1)}` : undefined
  }

  /** What tells these canonical bytes from others. */
  printOf(bytes: string | Buffer): string {
    return this.#contentOf(bytes).join(' ')
  }

  /** Whether the topic has the entry as a match that is not held back. */
  isSearched(id: number): boolean {
    return (this.#get(id, STATE) & (PRESENT | SEARCHED)) === (PRESENT | SEARCHED)
  }

  /** When the entry was added; undefined of one that is absent, or that says no time. */
  addedAt(id: number): string | undefined {
    const state = this.#get(id, STATE)
    return (state & PRESENT) === 0 || state >>> STATE_BITS === 0
      ? undefined
      : this.#times[state >>> STATE_BITS]
  }

  /** Why the entry is held back. */
  held(id: number): Held | undefined {
    return this.#held.get(id)
  }

  identity(id: number): OwnIdentity {
    const { chunk, from } = this.#identity(id)
    return unpackIdentity(chunk, from)
  }

  /** The topic has the entry with these canonical bytes. */
  set(id: number, bytes: string | Buffer, addedAt: string, held?: Held): void {
    this.#size += this.isPresent(id) ? 0 : 1
    const content = this.#contentOf(bytes)
    this.#set(id, CONTENT, content[0])
    this.#set(id, CONTENT + 1, content[1])
    const searched = isSearchedText(bytes) ? SEARCHED : 0
    this.#set(id, STATE, (this.#timeNumber(addedAt) << STATE_BITS) | PRESENT | SURE | searched)
    if (held) this.#held.set(id, held)
    else if (this.#held.size > 0) this.#held.delete(id)
  }

  /** The topic may have the entry, with whatever content: a write of it was begun, or it can't be read. */
  doubt(id: number): void {
    const state = this.#get(id, STATE)
    this.#size += (state & PRESENT) === 0 ? 1 : 0
    this.#set(id, STATE, ((state & PRESENT) === 0 ? 0 : state & ~SURE) | PRESENT)
  }

  /** The topic has no such entry any more. */
  remove(id: number): void {
    this.#size -= this.isPresent(id) ? 1 : 0
    this.#set(id, STATE, 0)
    this.#held.delete(id)
  }

  /** Visits the entries of a sourceId, absent ones too, and forgets those for which `visit` gives 'forget'. */
  visit(sourceId: string, visit: (id: number) => 'keep' | 'forget'): void {
    let before = -1
    for (let id = this.#firstOf(sourceId); id !== -1;) {
      const next = this.#next(id)
      if (visit(id) === 'keep') before = id
      else this.#forget(id, before)
      id = next
    }
  }

  /** Visits the entries of a sourceId, absent ones too, until `visit` gives false. */
  visitWhile(sourceId: string, visit: (id: number) => boolean): void {
    for (let id = this.#firstOf(sourceId); id !== -1 && visit(id);) id = this.#next(id)
  }

  /** The ids of the entries with a value, absent ones too. The first call reads all entries once. */
  ofValue({ type, value }: Pick<OwnIdentity, 'type' | 'value'>): readonly number[] {
    if (!this.#byValue) {
      this.#byValue = new ValueChains((id) => this.#identity(id))
      for (let id = 0; id < this.#rows.count; id++) if (!this.#isForgotten(id)) this.#byValue.add(id)
    }
    return this.#byValue.find(this.#room.pack({ type, value, sourceId: '-' }).words)
  }

  /** Forgets absent entries, once they are as many as a quarter of the others. */
  tidy(): void {
    const kept = this.#rows.count - this.#free.length
    if (kept - this.#size < this.#size / 4 + CHUNK_ROWS) return
    for (let id = 0; id < this.#rows.count; id++) {
      if (this.#isForgotten(id) || this.isPresent(id)) continue
      this.visit(this.identity(id).sourceId, (other) => (this.isPresent(other) ? 'keep' : 'forget'))
    }
  }

  #forget(id: number, before: number): void {
    if (this.isPresent(id)) throw new RangeError('An entry that the topic has is never forgotten')
    const next = this.#next(id)
    this.#lastFirst = undefined
    if (before !== -1) this.#set(before, NEXT, next + 1)
    else {
      this.#print[0] = this.#printOfSourceId(id)
      this.#bySourceId.remove(id, this.#print, 0)
      if (next !== -1) this.#bySourceId.add(next, this.#print, 0)
    }
    const { chunk, from } = this.#identity(id)
    this.#print[0] = keyedHash(this.#key, chunk, from, lengthOf(chunk[from]))
    this.#byIdentity.remove(id, this.#print, 0)
    this.#arena.remove(this.#get(id, PLACE))
    this.#set(id, STATE, FORGOTTEN)
    this.#free.push(id)
    // Its chain would lead on to whatever gets the id next.
    this.#byValue = undefined
  }

  #isForgotten(id: number): boolean {
    return this.#get(id, STATE) === FORGOTTEN
  }

  /**
   * The entry behind the one that was found last, if #room holds that one's identity: mostly, as lists and topics have their
   * entries in one order.
   */
  #nextFound(): number {
    const id = this.#found + 1
    if (id >= this.#rows.count || this.#isForgotten(id) || !this.#isIdentity(id)) return -1
    this.#found = id
    return id
  }

  /** Finds what #room holds among the entries from the first one of its sourceId on. */
  #findBehind(first: number): number {
    let id = first
    for (let step = 0; step < WALKED && id !== -1; step++) {
      if (this.#isIdentity(id)) return id
      id = this.#next(id)
    }
    if (id === -1) return -1
    const { words, length } = this.#room
    this.#print[0] = keyedHash(this.#key, words, 0, length)
    return this.#byIdentity.find(this.#print, 0)
  }

  /**
   * Puts the entry that #room holds behind the others of its sourceId, but behind WALKED of them at most: those stay the
   * first. Without any, #print holds the fingerprint of the sourceId.
   */
  #join(id: number, first: number): void {
    if (first === -1) {
      this.#set(id, NEXT, 0)
      this.#bySourceId.add(id, this.#print, 0)
      this.#lastFirst = undefined
      return
    }
    let last = first
    let before = 1
    for (let next = this.#next(last); before < WALKED && next !== -1; next = this.#next(last)) {
      last = next
      before++
    }
    this.#set(id, NEXT, this.#next(last) + 1)
    this.#set(last, NEXT, id + 1)
    if (before < WALKED) return
    const { words, length } = this.#room
    this.#print[0] = keyedHash(this.#key, words, 0, length)
    this.#byIdentity.add(id, this.#print, 0)
  }

  /** Leaves the fingerprint of the sourceId in #print. */
  #firstOf(sourceId: string): number {
    if (this.#lastFirst?.sourceId === sourceId) {
      this.#print[0] = this.#lastFirst.print
      return this.#lastFirst.first
    }
    const { words, length } = this.#idRoom.packId(sourceId)
    const print = keyedHash(this.#key, words, 1, length - 1)
    this.#print[0] = print
    const first = this.#bySourceId.find(this.#print, 0)
    this.#lastFirst = { sourceId, print, first }
    return first
  }

  #next(id: number): number {
    return this.#get(id, NEXT) - 1
  }

  #isIdentity(id: number): boolean {
    const { words, length } = this.#room
    const { chunk, from } = this.#identity(id)
    for (let word = 0; word < length; word++) if (chunk[from + word] !== words[word]) return false
    return true
  }

  #isSourceId(id: number): boolean {
    const { words, length } = this.#idRoom
    const { chunk, from } = this.#identity(id)
    const place = idOf(chunk[from], this.#idPlace)
    if (place.form !== words[0]) return false
    for (let word = 1; word < length; word++)
      if (chunk[from + place.from + word - 1] !== words[word]) return false
    return true
  }

  #printOfSourceId(id: number): number {
    const { chunk, from } = this.#identity(id)
    const place = idOf(chunk[from], this.#idPlace)
    return keyedHash(this.#key, chunk, from + place.from, place.count)
  }

  #identity(id: number): PackedPlace {
    const place = this.#get(id, PLACE)
    return { chunk: this.#arena.chunk(place), from: this.#arena.at(place) }
  }

  #get(id: number, word: number): number {
    return this.#rows.chunk(id)[this.#rows.at(id) + word]
  }

  #set(id: number, word: number, value: number): void {
    this.#rows.chunk(id)[this.#rows.at(id) + word] = value
  }

  #timeNumber(time: string): number {
    let number = this.#timeNumbers.get(time)
    if (number === undefined) {
      number = this.#times.push(time) - 1
      this.#timeNumbers.set(time, number)
    }
    return number
  }

  /** The next call overwrites the result. */
  #contentOf(bytes: string | Buffer): Uint32Array {
    const digest = hash('sha256', bytes, 'buffer')
    for (let word = 0; word < CONTENT_WORDS; word++) this.#content[word] = digest.readUInt32LE(word * 4)
    return this.#content
  }
}

/** The state of an id that is free. No entry has it: it has a time and isn't present. */
const FORGOTTEN = 1 << STATE_BITS
