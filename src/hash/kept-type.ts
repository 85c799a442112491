// Kinds of hash that lists carry and that we don't search yet. Their values are kept as the list writes them, so that a
// later release can match them without a new import.

/** The kept types, with the hexadecimal digits of a value, or 'text' where its form is the source's own. */
export const KEPT_TYPES = {
  photodna: 288,
  sha512: 128,
  zz40: 32,
  lace: 258,
  vpdq: 'text',
  'tmk-pdqf': 'text',
  'ssvh-pdna': 'text',
  'ssvh-safer-hash': 'text',
  netclean: 'text',
  videntifier: 'text',
} as const satisfies Record<string, number | 'text'>

export type KeptType = keyof typeof KEPT_TYPES

// Object.keys loses the literal types that the `satisfies` above guarantees.
export const KEPT_TYPE_NAMES = Object.keys(KEPT_TYPES) as readonly KeptType[]

export const isKeptType = (name: string): name is KeptType => Object.hasOwn(KEPT_TYPES, name)

/** Most characters of a value whose form is the source's own: key and record of an entry hold it once each. */
export const KEPT_TEXT_MAX_LENGTH = 8_192

const HEX = /^[0-9a-f]*$/i
/** Hexadecimal digits, base64 and base64url. No colon, which separates the parts of a record's key. */
const TEXT = /^[A-Za-z0-9+/=_-]+$/

declare const brand: unique symbol

/** A value of a kept type in canonical form: lower-case hexadecimal digits, or the source's own text. */
export type KeptValue = string & { readonly [brand]: 'KeptValue' }

/** The canonical form of a value of a kept type, or undefined if it is not one. */
export function parseKeptValue(type: KeptType, text: string): KeptValue | undefined {
  const form = KEPT_TYPES[type]
  if (form === 'text') {
    // The brand stands for what this function has checked.
    return text.length <= KEPT_TEXT_MAX_LENGTH && TEXT.test(text) ? (text as KeptValue) : undefined
  }
  return text.length === form && HEX.test(text) ? (text.toLowerCase() as KeptValue) : undefined
}
