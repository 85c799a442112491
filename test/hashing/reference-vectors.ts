import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { hammingDistance } from '../../src/hash/distance.ts'
import { packed, parseHashValue, type HashValue } from '../../src/hash/hash-value.ts'
import { pdq } from '../../src/hashing/pdq.ts'
import type { Picture } from '../../src/hashing/picture.ts'

/** What the reference implementation computed from a picture's pixels (bench/quality/vectors.ts). */
export interface ReferenceVector {
  readonly picture: string
  readonly alteration?: string
  readonly width: number
  readonly height: number
  /** SHA-256 of the pixels. */
  readonly pixels: string
  readonly hash: string
  readonly quality: number
}

export function readVectors(name: string): ReferenceVector[] {
  return JSON.parse(readFileSync(new URL(`../data/${name}`, import.meta.url), 'utf8'))
}

export const pixelDigest = ({ pixels }: Picture): string => createHash('sha256').update(pixels).digest('hex')

/** The distance in bits between two PDQ hashes. */
export const pdqDistance = (a: HashValue, b: HashValue): number => hammingDistance(packed(a), 0, packed(b), 0)

/**
 * Compares our hash with the reference's. From the committed pixels it must be the same. Another processor may
 * decode or scale a picture to slightly other pixels (libvips has code for each): then that is printed, and the
 * caller bounds the distance in bits that is returned.
 */
export function compareWithReference(picture: Picture, vector: ReferenceVector | undefined): number {
  const ours = pdq(picture)
  const reference = vector && parseHashValue('pdq', vector.hash)
  if (!ours || !reference) throw new Error('no hash, or no vector, to compare')
  if (pixelDigest(picture) === vector.pixels) {
    expect(ours).toEqual({ value: vector.hash, quality: vector.quality })
    return 0
  }
  const distanceBits = pdqDistance(ours.value, reference)
  const name = [vector.picture, vector.alteration].join(' ')
  console.warn(`${name}: this machine's pixels differ from the committed ones; ${distanceBits} bits apart`)
  return distanceBits
}
