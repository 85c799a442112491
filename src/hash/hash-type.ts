// The room `hash` is pure: hash values, their distance, the eight orientations of a PDQ hash, degenerate values, and the
// chance that unrelated pictures match. Every room may import it; it imports nothing.

/** A kind of hash: its width, and whether its values are compared by equality or by distance. */
export interface HashTypeFacts {
  /** Width in bits; a multiple of 32. */
  readonly bits: number
  readonly kind: 'cryptographic' | 'perceptual'
  /** Order of matches: the lower the rank, the stronger the evidence of a match at distance 0. */
  readonly rank: number
  /** Whether the bits predict the hash of the mirrored or turned picture (see orientation.ts). */
  readonly orientable: boolean
}

/** The hash types that hashwarden knows, strongest evidence first. */
export const HASH_TYPES = {
  sha256: { bits: 256, kind: 'cryptographic', rank: 0, orientable: false },
  sha1: { bits: 160, kind: 'cryptographic', rank: 1, orientable: false },
  md5: { bits: 128, kind: 'cryptographic', rank: 2, orientable: false },
  pdq: { bits: 256, kind: 'perceptual', rank: 3, orientable: true },
  blockhash: { bits: 256, kind: 'perceptual', rank: 4, orientable: false },
} as const satisfies Record<string, HashTypeFacts>

export type HashType = keyof typeof HASH_TYPES
export type PerceptualType = {
  [T in HashType]: (typeof HASH_TYPES)[T]['kind'] extends 'perceptual' ? T : never
}[HashType]
export type CryptographicType = Exclude<HashType, PerceptualType>

// Object.keys loses the literal types that the `satisfies` above guarantees.
export const HASH_TYPE_NAMES = Object.keys(HASH_TYPES) as readonly HashType[]

export const isPerceptual = (type: HashType): type is PerceptualType => HASH_TYPES[type].kind === 'perceptual'

export const isHashType = (name: string): name is HashType => Object.hasOwn(HASH_TYPES, name)

/** Number of hexadecimal digits of a printed value. */
export const hexDigits = (type: HashType): number => HASH_TYPES[type].bits / 4

/** Number of 32-bit words of a packed value. */
export const wordCount = (type: HashType): number => HASH_TYPES[type].bits / 32

const DIGEST_WORDS = { sha256: 8, sha1: 5, md5: 4 } as const satisfies Record<CryptographicType, number>

/** Number of 32-bit words of a packed cryptographic hash. */
export const digestWords = (type: CryptographicType): 4 | 5 | 8 => DIGEST_WORDS[type]
