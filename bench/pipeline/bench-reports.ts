// Reports of one PDQ hash and one MD5 each; one in a hundred has a known hash, and where those lie is known.
import { randomUUID } from 'node:crypto'
import { makeReport } from '../../src/hashing/make-report.ts'
import type { Report } from '../../src/contract/report.ts'
import { unpackHex, type HashValue } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, seededRandom, writeNearHash } from '../../src/sample/random-hash.ts'
import { HIT_VALUES, knownMd5, knownPdq, randomMd5 } from './known-values.ts'
import { PARTITIONS } from './site.ts'

const HIT_ONE_IN = 100
/** Every other bit count up to the threshold: at those a hash stays balanced. */
const NEAR_BITS = 30
const PDQ_WORDS = 8

/** Where a partition's first hit is; from there on every hundredth report is one. */
const firstHit = (partition: number): number => partition % HIT_ONE_IN

/** Whether the report at this offset is one of a known hash. */
export const isHitAt = (partition: number, offset: number): boolean =>
  offset % HIT_ONE_IN === firstHit(partition)

/** How many hits the reports before these offsets make. */
export const hitsBefore = (offsets: readonly { partition: number; offset: number }[]): number =>
  offsets.reduce(
    (sum, { partition, offset }) => sum + Math.max(0, Math.ceil((offset - firstHit(partition)) / HIT_ONE_IN)),
    0,
  )

/** Makes reports of hashes that no list has, or of known ones: by turns near a known PDQ hash, and of a known MD5. */
export class BenchReports {
  readonly #random
  readonly #pdq = knownPdq(HIT_VALUES.pdq)
  readonly #md5 = [...knownMd5(HIT_VALUES.md5 * 10)]
  readonly #words = new Uint32Array(PDQ_WORDS)
  #hits = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  make(isHit: boolean, reportId: string = randomUUID()): Report {
    const pdq = isHit && this.#hits % 2 === 0 ? this.#nearKnown() : randomBalancedHash(this.#random)
    const md5 = isHit && this.#hits % 2 === 1 ? this.#pick(this.#md5) : randomMd5(this.#random)
    if (isHit) this.#hits++
    const hashes = [{ type: 'pdq', value: pdq, quality: 100 } as const, { type: 'md5', value: md5 } as const]
    return makeReport('bench', hashes, reportId)
  }

  #nearKnown(): HashValue {
    const place = Math.floor(this.#random() * HIT_VALUES.pdq) * PDQ_WORDS
    const bits = 2 * Math.floor(this.#random() * (NEAR_BITS / 2 + 1))
    writeNearHash(this.#random, this.#pdq, place, bits, this.#words, 0)
    return unpackHex(this.#words, 0, PDQ_WORDS)
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)]
  }
}

/** The record of a report for a partition of the benchmark's choice. */
export const reportMessage = (report: Report, partition: number) => ({
  key: report.reportId,
  value: JSON.stringify(report),
  partition: partition % PARTITIONS,
})
