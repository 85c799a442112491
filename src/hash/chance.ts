// How likely it is that unrelated pictures match: measured, and extrapolated where nothing could be measured.
import { HASH_TYPES, type HashType } from './hash-type.ts'

/**
 * How often two unrelated pictures come within a distance, as measured: [distance in bits, share of pairs].
 * PDQ: 222,878,821 pairs of photographs and paintings; the nearest pair was 66 bits apart, so below that the
 * curve is extrapolated (log-linearly), never measured. blockhash: the same pictures; below 10 extrapolated.
 * Both tails are far fatter than a binomial distribution's. The last point is the middle of the distribution.
 */
const MEASURED_TAIL: Partial<Record<HashType, readonly (readonly [number, number])[]>> = {
  pdq: [
    [70, 9e-9],
    [80, 2.5e-7],
    [90, 7e-6],
    [96, 9e-5],
    [128, 0.5],
  ],
  blockhash: [
    [10, 2.6e-6],
    [20, 2e-5],
    [31, 8.5e-5],
    [128, 0.5],
  ],
}

/** The probability that one unrelated pair of values of this type is at most `distanceBits` apart. */
export function chanceOfPair(type: HashType, distanceBits: number): number {
  const tail = MEASURED_TAIL[type]
  if (!tail) return 2 ** -HASH_TYPES[type].bits
  let segment = 1
  while (segment < tail.length - 1 && distanceBits > tail[segment][0]) segment++
  const [fromBits, fromShare] = tail[segment - 1]
  const [toBits, toShare] = tail[segment]
  const slope = Math.log(toShare / fromShare) / (toBits - fromBits)
  return Math.min(1, fromShare * Math.exp(slope * (distanceBits - fromBits)))
}

/**
 * How many chance matches to expect when one unrelated picture is compared, in `forms` orientations, with `knownValues`
 * values within `distanceBits`.
 */
export function expectedByChance(
  type: HashType,
  distanceBits: number,
  knownValues: number,
  forms: number,
): number {
  return chanceOfPair(type, distanceBits) * knownValues * forms
}
