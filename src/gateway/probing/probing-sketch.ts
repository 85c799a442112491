// What all platforms have sent lately, as far as it takes to see somebody who probes. They share two tables, whose size does not
// depend on how many platforms there are: a platform that reports more than others takes no more than cells without company.
import type { Report } from '../../contract/report.ts'
import { HEX_DIGIT, packHex } from '../../hash/hash-value.ts'
import { NearDuplicates, mixed, VALUE_WORDS, type NearTerms } from './near-duplicates.ts'

/** Of a report, all that is looked at. */
export interface LookedAt {
  /** Who sent the file to the platform, if the report says it. */
  readonly actor: string | undefined
  /** Each PDQ hash as it was printed: 64 hexadecimal digits. */
  readonly pictures: readonly string[]
}

/** Of a picture with less detail: unrelated ones have near values. */
const LEAST_QUALITY = 50
/** In each of the two tables: 11 MB. */
const CELLS = 32_768
const WINDOW_SECONDS = 3_600
/** Of PDQ: nine of ten altered copies lie within this distance of another one; unrelated pictures are 128 bits apart, ± 8. */
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

/** Undefined: there is nothing to look at. Distances of other types than PDQ mean something else, and are not measured. */
export function lookedAt({ actorRef, hashes }: Pick<Report, 'actorRef' | 'hashes'>): LookedAt | undefined {
  const pictures: string[] = []
  for (const { type, value, quality = LEAST_QUALITY } of hashes)
    if (type === 'pdq' && quality >= LEAST_QUALITY) pictures.push(value)
  return pictures.length === 0 ? undefined : { actor: actorRef, pictures }
}

/** Digits of a value whose bits it shares with those that it is compared with. */
const BAND = [9, 30, 51]

export class ProbingSketch {
  readonly #accounts: NearDuplicates
  readonly #platforms: NearDuplicates
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
    this.#platforms = new NearDuplicates(platform)
  }

  /** Whether this report of the platform makes a submitter suspect. */
  add(platform: string, { actor, pictures }: LookedAt, seconds: number): boolean {
    const ofPlatform = hashOf(platform, this.#seed)
    const account = actor === undefined ? undefined : hashOf(actor, ofPlatform)
    let isSuspect = false
    for (const picture of pictures) {
      packHex(picture, this.#value, 0)
      const isAlarm =
        account === undefined
          ? this.#platforms.add(mixed(bandOf(picture) ^ ofPlatform), this.#value, seconds)
          : this.#accounts.add(account, this.#value, seconds)
      isSuspect ||= isAlarm
    }
    return isSuspect
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
