// The hashes of one record of a list: a bad value costs that value, and the rest of the record counts.
import { isHashType, type HashType } from '../../hash/hash-type.ts'
import { KEPT_TEXT_MAX_LENGTH, KEPT_TYPES, type KeptType } from '../../hash/kept-type.ts'
import type { ListedHash, Refused, UnreadTypes } from '../list-item.ts'
import { TEXT_TOO_LONG } from './json/capture.ts'
import { describeForm, listedHashOf, listedTypeOf } from './listed-hash.ts'
import { unkeptKind } from './unkept-kind.ts'

/** Whether a field says that there is nothing: tools write null, an empty text, or leave the field out. */
export const isNone = (value: unknown): value is undefined | null | '' =>
  value === undefined || value === null || value === ''

const isLong = (value: unknown): boolean =>
  typeof value === 'string' && (value.length > KEPT_TEXT_MAX_LENGTH || value === TEXT_TOO_LONG)

/** A record has a handful of hashes. Each one is compared with the others, so their number is bounded. */
const VALUES_MAX = 64

export class RecordHashes {
  readonly hashes: ListedHash[] = []
  readonly refused: Refused[] = []
  readonly #place: string
  #unkept: string[] | undefined
  #unread: UnreadTypes | undefined
  #values = 0

  constructor(place: string) {
    this.#place = place
  }

  /** Kinds of hash that the record has and that are neither matched nor kept; undefined if there are none. */
  get unkept(): readonly string[] | undefined {
    return this.#unkept
  }

  /** Types with a refused value; undefined if there are none. */
  get unread(): UnreadTypes | undefined {
    return this.#unread
  }

  /**
   * What was refused, once the file's id is known. Where the id is made of a value (`isBare`) it isn't: the value that can't be
   * read may be the one that made it.
   */
  refusedOf(sourceId: string, isBare = false): readonly Refused[] {
    if (isBare || this.refused.length === 0) return this.refused
    return this.refused.map((one) => ({ ...one, sourceId }))
  }

  /** Adds a value under its list's name for the type. */
  addNamed(name: unknown, value: unknown): void {
    if (isNone(value) || this.#isFull()) return
    const type = typeof name === 'string' ? listedTypeOf(name) : undefined
    if (type === undefined) this.#leave(unkeptKind(name))
    else this.#add(type, value)
  }

  add(type: HashType | KeptType, value: unknown): void {
    if (!isNone(value) && !this.#isFull()) this.#add(type, value)
  }

  #add(type: HashType | KeptType, value: unknown): void {
    const hash = typeof value === 'string' ? listedHashOf(type, value) : undefined
    if (hash === undefined) {
      // Such a value may be right: it takes more room than a record of the topic has.
      if (!isHashType(type) && KEPT_TYPES[type] === 'text' && isLong(value)) this.#leave(`${type} over 8 KiB`)
      else this.refuse(describeForm(type), type)
    } else if (!this.hashes.some((other) => other.value === hash.value && other.type === hash.type))
      this.hashes.push(hash)
  }

  /** @param type Of the value; undefined: it may be of any. */
  refuse(reason: string, type?: HashType | KeptType): void {
    if (type === undefined || this.#unread === 'all') this.#unread = 'all'
    else this.#unread = [...(this.#unread ?? []), type]
    this.refused.push({ kind: 'refused', place: this.#place, reason })
  }

  #isFull(): boolean {
    if (this.#values === VALUES_MAX)
      this.refuse(`it has over ${VALUES_MAX} hashes: those after them are not read`)
    return ++this.#values > VALUES_MAX
  }

  #leave(kind: string): void {
    const unkept = (this.#unkept ??= [])
    if (!unkept.includes(kind)) unkept.push(kind)
  }
}
