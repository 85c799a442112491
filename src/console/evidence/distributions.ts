// Where true copies and unrelated pictures lie, by distance: the ground on which a hit's own distance is drawn.
import { chanceOfPair } from '../../hash/chance.ts'
import type { PerceptualType } from '../../hash/hash-type.ts'
import { MEASURED_COPIES } from './measured-copies.ts'

/** Width of a bar, in bits. PDQ distances are even as a rule, so a bar of one bit would be empty every second time. */
export const BIN_BITS = 4
/** Unrelated pictures have their middle here; beyond it lies nothing that a threshold could reach. */
export const LAST_BITS = 128

export interface Distributions {
  /** Share of all measured copies in each bar. */
  readonly copies: readonly number[]
  /** How many copies were measured. */
  readonly measured: number
  /** Share of unrelated pairs in each bar. */
  readonly unrelated: readonly number[]
  /** Share of the measured copies at most this far away. */
  readonly copiesWithin: (bits: number) => number
}

/** Turned copies lie further away, because their hash is predicted. */
export function distributions(type: PerceptualType, isTurned: boolean): Distributions {
  const counts: Readonly<Record<string, number>> = MEASURED_COPIES[type][isTurned ? 'turned' : 'upright']
  const pairs = Object.entries(counts).map(([bits, copies]) => [Number(bits), copies] as const)
  const measured = pairs.reduce((sum, [, copies]) => sum + copies, 0)
  const within = (bits: number): number =>
    pairs.reduce((sum, [at, copies]) => sum + (at <= bits ? copies : 0), 0) / Math.max(1, measured)
  const bars = Array.from({ length: LAST_BITS / BIN_BITS }, (_, bar) => bar * BIN_BITS)
  return {
    copies: bars.map((from) => within(from + BIN_BITS - 1) - within(from - 1)),
    measured,
    unrelated: bars.map(
      (from) => chanceOfPair(type, from + BIN_BITS) - (from === 0 ? 0 : chanceOfPair(type, from)),
    ),
    copiesWithin: within,
  }
}
