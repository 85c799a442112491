// How likely a match is by accident, as "1 in …".
import { count } from './times.ts'

const SCALES = ['', '', ' million', ' billion', ' trillion', ' quadrillion', ' quintillion'] as const
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/**
 * `expected` is the number of matches to expect if the picture were unrelated to every known one. Two digits at most: the
 * measured tail carries no more.
 */
export function chanceWords(expected: number): string {
  if (expected >= 0.5) return expected < 1.5 ? 'about 1' : `about ${rounded(expected)}`
  if (expected <= 0) return 'none'
  const one = 1 / expected
  if (one >= 1e21 || !Number.isFinite(one)) return `1 in 10${superscript(Math.floor(-Math.log10(expected)))}`
  if (one < 1e6) return one < 999_500 ? `1 in ${count(rounded(one))}` : '1 in 1 million'
  const scale = Math.floor(Math.log10(one) / 3)
  const shown = rounded(one / 1000 ** scale)
  return shown >= 1000 ? `1 in 1${SCALES[scale + 1] ?? ''}` : `1 in ${shown}${SCALES[scale]}`
}

const rounded = (value: number): number => Number(value.toPrecision(2))

const superscript = (value: number): string =>
  String(Number.isFinite(value) ? value : 300).replaceAll(/\d/g, (digit) =>
    SUPERSCRIPTS.charAt(Number(digit)),
  )

/** What that figure means, in a sentence. */
export const chanceMeaning = (expected: number): string =>
  expected >= 0.5
    ? 'Chance alone makes such a match as a rule: it says next to nothing.'
    : expected > 1e-3
      ? 'An unrelated picture can match this well by accident: look for other evidence.'
      : 'that an unrelated file matches any known one this well.'
