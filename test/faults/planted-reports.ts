// Reports for fault runs: some near to known hashes, some just not near enough, some that no list has, some again.
import type { Report } from '../../src/contract/report.ts'
import { makeReport } from '../../src/hashing/make-report.ts'
import { packed, unpackHex } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, writeNearHash, type Random } from '../../src/sample/random-hash.ts'
import type { KnownHash } from '../../src/contract/known-hash.ts'

/** Distances go past the radius, so that there are near misses. */
const MOST_BITS = 40
const AGAIN_SHARE = 0.05
/** Of reports of a value that no list has. */
const UNKNOWN_SHARE = 0.45

/** Makes reports; which ones, the random numbers decide. */
export class PlantedReports {
  readonly #random: Random
  readonly #anyKnown: () => KnownHash
  #made = 0

  /** @param anyKnown An entry that is listed, will be, or was. */
  constructor(random: Random, anyKnown: () => KnownHash) {
    this.#random = random
    this.#anyKnown = anyKnown
  }

  /** The next report: sometimes one of `sent` again, because some submitters send twice. */
  next(sent: ReadonlyMap<string, Report>): Report {
    const kind = this.#random()
    if (kind < AGAIN_SHARE) {
      const again = sent.get(`report-${Math.floor(this.#random() * this.#made)}`)
      if (again) return again
    }
    const reportId = `report-${this.#made++}`
    if (kind < AGAIN_SHARE + UNKNOWN_SHARE) return this.unknown(reportId)
    return this.near(this.#anyKnown(), MOST_BITS, reportId)
  }

  /** A report of a value that no list has. */
  unknown(reportId?: string): Report {
    const value = randomBalancedHash(this.#random)
    return makeReport('faults', [{ type: 'pdq', value, quality: 100 }], reportId)
  }

  /** A report of a value fewer than `belowBits` bits from an entry's; of a cryptographic one, of its value. */
  near({ type, value }: KnownHash, belowBits: number, reportId?: string): Report {
    if (type !== 'pdq') return makeReport('faults', [{ type, value }], reportId)
    const near = new Uint32Array(8)
    writeNearHash(this.#random, packed(value), 0, Math.floor(this.#random() * belowBits), near, 0)
    return makeReport('faults', [{ type, value: unpackHex(near, 0, 8), quality: 100 }], reportId)
  }

  /** A record that is no report. */
  noReport(): string {
    const text = `no report ${this.#made++}`
    return this.#random() < 0.5 ? text : JSON.stringify({ schema: 'report/1', reportId: text })
  }
}
