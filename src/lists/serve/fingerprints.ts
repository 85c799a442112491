// How hashes are written in the clearinghouse's form: NCMEC's names of kinds where it has one, else ours.
import type { HashType } from '../../hash/hash-type.ts'
import type { KeptType } from '../../hash/kept-type.ts'
import type { MediaKind } from './terms.ts'

type AnyType = HashType | KeptType

interface Fingerprint {
  readonly tag: string
  /** hex: hexadecimal digits; base64: of the same bytes; text: as the list wrote it; empty: the value isn't passed on. */
  readonly form: 'hex' | 'base64' | 'text' | 'empty'
  /** Only files of this kind have it. */
  readonly of?: MediaKind
}

/**
 * By our type. NCMEC's API shows large fingerprints as empty elements, and readers expect that: so files that have one are
 * shared without its value.
 */
const FINGERPRINTS: Readonly<Record<AnyType, Fingerprint>> = {
  md5: { tag: 'md5', form: 'hex' },
  sha1: { tag: 'sha1', form: 'hex' },
  sha256: { tag: 'sha256', form: 'hex' },
  sha512: { tag: 'sha512', form: 'hex' },
  pdq: { tag: 'pdq', form: 'hex', of: 'image' },
  blockhash: { tag: 'blockhash', form: 'hex', of: 'image' },
  photodna: { tag: 'pdna', form: 'base64', of: 'image' },
  zz40: { tag: 'zz40', form: 'hex' },
  netclean: { tag: 'netclean', form: 'text' },
  lace: { tag: 'lace', form: 'empty' },
  vpdq: { tag: 'vpdq', form: 'empty', of: 'video' },
  'tmk-pdqf': { tag: 'tmk-pdqf', form: 'empty', of: 'video' },
  'ssvh-pdna': { tag: 'ssvh-pdna', form: 'empty', of: 'video' },
  'ssvh-safer-hash': { tag: 'ssvh-safer-hash', form: 'empty', of: 'video' },
  videntifier: { tag: 'videntifier', form: 'empty' },
}

// Object.keys loses the literal types that the record above guarantees. The order of elements, and the numbers of types.
const TYPES = Object.keys(FINGERPRINTS) as readonly AnyType[]
const NUMBERS = new Map(TYPES.map((type, number) => [type, number]))

/** A number for each type, below 256. */
export const typeNumber = (type: AnyType): number => NUMBERS.get(type) ?? 0

export const fingerprintOf = (number: number): Fingerprint => FINGERPRINTS[TYPES[number]]

/** The bytes to keep of a value; none of one that isn't passed on. */
export function packedValue(type: AnyType, value: string): Buffer {
  const { form } = FINGERPRINTS[type]
  if (form === 'empty') return Buffer.alloc(0)
  return Buffer.from(value, form === 'text' ? 'latin1' : 'hex')
}

/** The text of a value that was kept, as a page has it. */
export function printedValue(number: number, bytes: Buffer): string {
  const { form } = fingerprintOf(number)
  return form === 'text' ? bytes.toString('latin1') : bytes.toString(form === 'base64' ? 'base64' : 'hex')
}
