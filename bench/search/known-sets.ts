// The known sets that searches are measured on. Every set of a name and a size is the same on every machine.
import { flipBits, randomValues, wordSource } from '../../src/sample/value-sets.ts'

export const SET_NAMES = ['uniform', 'natural', 'crowd', 'flood'] as const

/**
 * - `uniform`: every bit by chance.
 * - `natural`: a fifth of the values stand in groups of near-duplicates, as copies of one picture and frames of one
 *   video do: 2 to 500 values a group (log-uniform), each 4 to 24 bits from the group's centre.
 * - `crowd`: an adversary's: all values within 60 bits of each other (each 16 to 30 from one centre).
 * - `flood`: an adversary's: uniform, but one bucket of the first table holds all values, ours and faiss's.
 */
export type SetName = (typeof SET_NAMES)[number]

const WORDS = 8
const SEED = 20_200_131
const GROUPED_SHARE = 0.2
const GROUP_VALUES = { least: 2, most: 500 } as const
/** Below 4 bits a group of 500 would hold some value twice. */
const GROUP_BITS = { least: 4, most: 24 } as const
const CROWD_BITS = { least: 16, most: 30 } as const
/** A prime that divides no size here: multiples of it, modulo the size, visit each place once. */
const STEP = 7_368_787

const MAKERS: Record<SetName, (size: number, next: () => number) => Uint32Array> = {
  uniform: randomValues,
  natural: naturalValues,
  crowd: crowdedValues,
  flood: floodedValues,
}

/** `size` different values, 8 words each. */
export function makeKnownSet(name: SetName, size: number): Uint32Array {
  return MAKERS[name](size, wordSource(SEED))
}

const between = ({ least, most }: { least: number; most: number }, next: () => number): number =>
  least + (next() % (most - least + 1))

function naturalValues(size: number, next: () => number): Uint32Array {
  const values = randomValues(size, next)
  // Neighbours in a group don't stand side by side in the set: that would be kind to the caches.
  const place = (member: number): number => ((member * STEP) % size) * WORDS
  const grouped = Math.floor(size * GROUPED_SHARE)
  for (let first = 0; first < grouped;) {
    const { least, most } = GROUP_VALUES
    const members = Math.floor(least * (most / least) ** (next() / 2 ** 32))
    const centre = place(first)
    const end = Math.min(first + members, grouped)
    for (let member = first + 1; member < end; member++) {
      copyNear(values, centre, place(member), between(GROUP_BITS, next), next)
    }
    first = end
  }
  return values
}

function crowdedValues(size: number, next: () => number): Uint32Array {
  const centre = randomValues(1, next)
  const values = new Uint32Array(size * WORDS)
  for (let at = 0; at < values.length; at += WORDS) {
    values.set(centre, at)
    flipBits(values, at, between(CROWD_BITS, next), next)
  }
  return values
}

function floodedValues(size: number, next: () => number): Uint32Array {
  const values = randomValues(size, next)
  for (let at = 0; at < values.length; at += WORDS) {
    // Our first chunk: the even columns of the even rows in the two last words (see src/search/kernel/classes.ts).
    values[at + 6] &= ~0x5555
    values[at + 7] &= ~0x5555
    // The first 16 bits as they lie in memory: faiss's first chunk.
    values[at] &= ~0xffff
  }
  return values
}

function copyNear(values: Uint32Array, from: number, to: number, bits: number, next: () => number): void {
  values.copyWithin(to, from, from + WORDS)
  flipBits(values, to, bits, next)
}
