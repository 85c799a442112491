// The hashes of lists: what their types are called, and how their values are written.
import { isSourceId, parseTypedValue } from '../../contract/known-hash.ts'
import { sha256Hex } from '../../contract/json.ts'
import { hexDigits, isHashType, type HashType } from '../../hash/hash-type.ts'
import { isKeptType, KEPT_TEXT_MAX_LENGTH, KEPT_TYPES, type KeptType } from '../../hash/kept-type.ts'
import type { ListedHash } from '../list-item.ts'

type ListedType = HashType | KeptType

/** Names of lists that aren't ours, in lower case without punctuation. */
const OTHER_NAMES: Readonly<Record<string, ListedType>> = {
  pdna: 'photodna',
  tmk: 'tmk-pdqf',
  tmkpdqf: 'tmk-pdqf',
  ssvhpdna: 'ssvh-pdna',
  ssvhsaferhash: 'ssvh-safer-hash',
  // One page of NCMEC's documentation calls it that.
  tmksaferhash: 'ssvh-safer-hash',
  // ThreatExchange and StopNCII put the kind of media before the name.
  imagepdq: 'pdq',
  imagemd5: 'md5',
  videomd5: 'md5',
  videotmk: 'tmk-pdqf',
  videovpdq: 'vpdq',
}

const PUNCTUATION = /[-_ ]/g
/** The names met so far: a list has a handful, and each of a million records has some of them. */
const typesByName = new Map<string, ListedType>()
const NAMES_MAX = 1_000
/** A longer text is no name of a type. */
const NAME_MAX_LENGTH = 32

/** Our type of this name in a list: 'SHA-256', 'sha_1', 'PhotoDNA', 'TMK_PDQF', 'Zz40' … undefined: none of ours. */
export function listedTypeOf(name: string): ListedType | undefined {
  const found = typesByName.get(name)
  if (found !== undefined || name.length > NAME_MAX_LENGTH) return found
  const plain = name.toLowerCase().replaceAll(PUNCTUATION, '')
  if (!isHashType(plain) && !isKeptType(plain) && !Object.hasOwn(OTHER_NAMES, plain)) return undefined
  const type = isHashType(plain) || isKeptType(plain) ? plain : OTHER_NAMES[plain]
  if (typesByName.size < NAMES_MAX) typesByName.set(name, type)
  return type
}

/** Kinds of signal whose values are words, addresses or media of people: they are never read. */
const CONTENT = new Set(['text', 'rawtext', 'textstring', 'url', 'uri', 'rawuri', 'trendquery', 'pdqocr'])

/** Whether values by this name are content and no hashes. */
export const isContentName = (name: string): boolean =>
  CONTENT.has(name.toLowerCase().replaceAll(PUNCTUATION, ''))

const BASE64 = /^[A-Za-z0-9+/]+$/
/** 144 bytes of PhotoDNA and 129 of Lace are whole groups of three: their base64 has no padding. */
const BASE64_LENGTH: Readonly<Partial<Record<ListedType, number>>> = { photodna: 192, lace: 172 }

const UPPER_HEX = /^[0-9A-F]{32,}$/

/** Of a kind whose form is the source's own: digits in upper case are those in lower case, base64 is as it is written. */
const plainTextOf = (type: ListedType, text: string): string =>
  !isHashType(type) && KEPT_TYPES[type] === 'text' && UPPER_HEX.test(text) ? text.toLowerCase() : text

/** A value as a list writes it, in canonical form: hexadecimal in either case, PhotoDNA and Lace also in base64. */
export function listedHashOf(type: ListedType, printed: string): ListedHash | undefined {
  const text = plainTextOf(type, printed.trim())
  const isBase64 = text.length === BASE64_LENGTH[type] && BASE64.test(text)
  const hash = parseTypedValue(type, isBase64 ? Buffer.from(text, 'base64').toString('hex') : text)
  // parseTypedValue gives a value of the type beside it.
  return hash as ListedHash | undefined
}

/** What a value of a type looks like, for a reason; it never quotes the value. */
export function describeForm(type: ListedType): string {
  const digits = isHashType(type) ? hexDigits(type) : KEPT_TYPES[type]
  if (digits === 'text')
    return `a ${type} value has up to ${KEPT_TEXT_MAX_LENGTH} digits, or letters of base64`
  const base64 = BASE64_LENGTH[type]
  return `a ${type} value has ${digits} hexadecimal digits${base64 ? `, or ${base64} letters of base64` : ''}`
}

/** The sourceId of a value whose list names no file: the value itself, or its SHA-256 where that is too long for an id. */
export const bareId = ({ value }: ListedHash): string => (isSourceId(value) ? value : sha256Hex(value))
