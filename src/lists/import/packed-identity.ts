// What identifies an entry within its source (type, value, sourceId), packed into a few 32-bit words.
import type { EntryIdentity } from '../../contract/known-hash.ts'
import { HASH_TYPE_NAMES, hexDigits, isHashType } from '../../hash/hash-type.ts'
import { packHex, unpackHex } from '../../hash/hash-value.ts'
import { KEPT_TEXT_MAX_LENGTH, KEPT_TYPE_NAMES, KEPT_TYPES } from '../../hash/kept-type.ts'

/** An entry's identity without its source: all entries of a list share that. */
export type OwnIdentity = Pick<EntryIdentity, 'type' | 'value' | 'sourceId'>

/** Numbers of the types. They live as long as the process. */
const TYPES: readonly EntryIdentity['type'][] = [...HASH_TYPE_NAMES, ...KEPT_TYPE_NAMES]
const TYPE_NUMBERS = new Map(TYPES.map((type, number) => [type, number]))
/** Hexadecimal digits of a value, by the number of its type; 0 where it is a text. */
const DIGITS = TYPES.map((type) => {
  const digits = isHashType(type) ? hexDigits(type) : KEPT_TYPES[type]
  return digits === 'text' ? 0 : digits
})

// The forms of an id. Each text has one form alone, but for OWN_VALUE, which stands for a HEX with the value's words.
const OWN_VALUE = 0
const TEXT = 1
const HEX = 2
const UUID = 3
/** A number of up to nine digits, as many lists count their files. */
const DECIMAL = 4

/** Lower-case hexadecimal digits that fill whole words, as of the digests that many lists take for ids. */
const WHOLE_WORDS = /^(?:[0-9a-f]{8}){1,8}$/
const LOWER_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const UUID_LENGTH = 36
const SHORT_DECIMAL = /^(?:0|[1-9][0-9]{0,8})$/
const ID_MAX_BYTES = 64

// A head is one word: the number of the type (5 bits), the form of the id (3), the value's bytes (14), the id's (7).
const FORM_SHIFT = 5
const VALUE_SHIFT = 8
const ID_SHIFT = 22

/** The most words that an identity takes. */
export const IDENTITY_MAX_WORDS = 1 + wordsOf(KEPT_TEXT_MAX_LENGTH) + wordsOf(ID_MAX_BYTES)

function wordsOf(bytes: number): number {
  return (bytes + 3) >>> 2
}

/** Memory for one packed identity. It is packed again and again: no call keeps it. */
export class IdentityRoom {
  readonly words = new Uint32Array(IDENTITY_MAX_WORDS)
  readonly #bytes = Buffer.from(this.words.buffer)
  /** Number of words that the identity takes. */
  length = 0

  pack({ type, value, sourceId }: OwnIdentity): this {
    // The map holds every type.
    const number = TYPE_NUMBERS.get(type) as number
    const digits = DIGITS[number]
    const valueBytes = digits === 0 ? value.length : digits / 2
    if (digits === 0) this.#packText(value, 1, valueBytes)
    else packHex(value, this.words, 1)
    const at = 1 + wordsOf(valueBytes)
    const isOwn = sourceId === value && digits !== 0 && WHOLE_WORDS.test(sourceId)
    const id = isOwn ? OWN_VALUE : this.#packId(sourceId, at)
    this.words[0] = number | (valueBytes << VALUE_SHIFT) | id
    this.length = at + wordsOf(id >>> ID_SHIFT)
    return this
  }

  /** Packs an id alone, as `idOf` finds it in a packed identity. */
  packId(sourceId: string): this {
    this.words[0] = this.#packId(sourceId, 1)
    this.length = 1 + wordsOf(this.words[0] >>> ID_SHIFT)
    return this
  }

  /** Returns form and length, as they stand in a head. */
  #packId(sourceId: string, at: number): number {
    const { length } = sourceId
    if (length === UUID_LENGTH && LOWER_UUID.test(sourceId)) {
      packHex(sourceId.replaceAll('-', ''), this.words, at)
      return (UUID << FORM_SHIFT) | (16 << ID_SHIFT)
    }
    if (SHORT_DECIMAL.test(sourceId)) {
      this.words[at] = Number(sourceId)
      return (DECIMAL << FORM_SHIFT) | (4 << ID_SHIFT)
    }
    if (length % 8 === 0 && WHOLE_WORDS.test(sourceId)) {
      packHex(sourceId, this.words, at)
      return (HEX << FORM_SHIFT) | ((length / 2) << ID_SHIFT)
    }
    const bytes = this.#packText(sourceId, at, Buffer.byteLength(sourceId))
    return (TEXT << FORM_SHIFT) | (bytes << ID_SHIFT)
  }

  #packText(text: string, at: number, bytes: number): number {
    this.words[at + wordsOf(bytes) - 1] = 0
    this.#bytes.write(text, at * 4)
    return bytes
  }
}

const formOf = (head: number): number => (head >>> FORM_SHIFT) & 7
const valueBytesOf = (head: number): number => (head >>> VALUE_SHIFT) & 0x3fff
const idBytesOf = (head: number): number => head >>> ID_SHIFT

/** Number of words of the identity that begins with this head. */
export const lengthOf = (head: number): number => 1 + wordsOf(valueBytesOf(head)) + wordsOf(idBytesOf(head))

/** Number of words of its type and value, head included. */
export const valueLengthOf = (head: number): number => 1 + wordsOf(valueBytesOf(head))

/** Whether two identities of these heads have one type, and values of one length. */
export const isOfOneType = (head: number, other: number): boolean =>
  ((head ^ other) & (0x1f | (0x3fff << VALUE_SHIFT))) === 0

/** Where the words of the id are within an identity, how many they are, and what form and length they have. */
export interface IdPlace {
  from: number
  count: number
  form: number
}

/** Finds the id in an identity with this head. `place` gets the answer: no object is made for each of ten million. */
export function idOf(head: number, place: IdPlace): IdPlace {
  const own = formOf(head) === OWN_VALUE
  const valueWords = wordsOf(valueBytesOf(head))
  place.from = own ? 1 : 1 + valueWords
  place.count = own ? valueWords : wordsOf(idBytesOf(head))
  place.form = own
    ? (HEX << FORM_SHIFT) | (valueBytesOf(head) << ID_SHIFT)
    : (head & (7 << FORM_SHIFT)) | (idBytesOf(head) << ID_SHIFT)
  return place
}

/** The identity at `words[at]`. */
export function unpackIdentity(words: Uint32Array, at: number): OwnIdentity {
  const head = words[at]
  const type = TYPES[head & 0x1f]
  const digits = DIGITS[head & 0x1f]
  const value =
    digits === 0
      ? textAt(words, at + 1, valueBytesOf(head))
      : unpackHex(words, at + 1, wordsOf(valueBytesOf(head))).slice(0, digits)
  const id = idOf(head, { from: 0, count: 0, form: 0 })
  const sourceId = idText(words, at + id.from, id)
  // What was packed was an identity: its value is a canonical one of its type.
  return { type, value: value as EntryIdentity['value'], sourceId }
}

function idText(words: Uint32Array, at: number, { form, count }: IdPlace): string {
  if (formOf(form) === TEXT) return textAt(words, at, idBytesOf(form))
  if (formOf(form) === DECIMAL) return String(words[at])
  const digits: string = unpackHex(words, at, count)
  return formOf(form) === HEX ? digits : digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const textAt = (words: Uint32Array, at: number, bytes: number): string =>
  Buffer.from(words.buffer, words.byteOffset + at * 4, bytes).toString('utf8')
