// What one platform has sent lately, as far as it takes to see somebody who probes.
import type { Report } from '../../contract/report.ts'
import { isPerceptual } from '../../hash/hash-type.ts'
import { HEX_DIGIT, packHex } from '../../hash/hash-value.ts'
import { NearDuplicates, mixed, VALUE_WORDS, type NearTerms } from './near-duplicates.ts'

/** Of a report, all that is looked at. */
export interface LookedAt {
  /** Who sent the file to the platform, if the report says it. */
  readonly actor: string | undefined
  /** A perceptual hash as it was printed: 64 hexadecimal digits. */
  readonly picture: string
}

/** Of a picture with less detail: unrelated ones have near values. */
const LEAST_QUALITY = 50
const CELLS = 4_096
const WINDOW_SECONDS = 3_600
/** Nine of ten altered copies lie within this distance of another one; unrelated pictures are 128 bits apart, ± 8. */
const NEAR_BITS = 80

/** An account of a platform. The same picture in 40 versions within an hour is no use of a service. */
const ACCOUNT_TERMS: NearTerms = {
  cells: CELLS,
  fromBits: 1,
  toBits: NEAR_BITS,
  distinct: 40,
  windowSeconds: WINDOW_SECONDS,
}
/**
 * A platform that names no accounts is one submitter. There one picture comes in many encodings by many people, so that only
 * values farther apart than encodings count. Values are compared with those that share 12 of their bits.
 */
const PLATFORM_TERMS: NearTerms = { ...ACCOUNT_TERMS, fromBits: 32 }

/** Undefined: there is nothing to look at. */
export function lookedAt({ actorRef, hashes }: Pick<Report, 'actorRef' | 'hashes'>): LookedAt | undefined {
  for (const { type, value, quality } of hashes)
    if (isPerceptual(type) && (quality === undefined || quality >= LEAST_QUALITY))
      return { actor: actorRef, picture: value }
  return undefined
}

/** Digits of a value whose bits it shares with those that it is compared with. */
const BAND = [9, 30, 51]

export class ProbingSketch {
  readonly #accounts: NearDuplicates
  readonly #platform: NearDuplicates
  /** So that none can choose accounts that share a cell. */
  readonly #seed: number
  readonly #value = new Uint32Array(VALUE_WORDS)

  /** @param seed 32 bits by chance. */
  constructor(
    seed: number,
    {
      account = ACCOUNT_TERMS,
      platform = PLATFORM_TERMS,
    }: { account?: NearTerms; platform?: NearTerms } = {},
  ) {
    this.#seed = seed
    this.#accounts = new NearDuplicates(account)
    this.#platform = new NearDuplicates(platform)
  }

  /** Whether this report makes a submitter suspect. */
  add({ actor, picture }: LookedAt, seconds: number): boolean {
    const value = this.#value
    packHex(picture, value, 0)
    return actor === undefined
      ? this.#platform.add(mixed(bandOf(picture) ^ this.#seed), value, seconds)
      : this.#accounts.add(hashOf(actor, this.#seed), value, seconds)
  }
}

function bandOf(printed: string): number {
  let bits = 0
  for (const at of BAND) bits = (bits << 4) | HEX_DIGIT[printed.charCodeAt(at)]
  return bits
}

function hashOf(text: string, seed: number): number {
  let hash = seed
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return mixed(hash)
}
