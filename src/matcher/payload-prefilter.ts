import { REPORT_MAX_BYTES, REPORT_MAX_HASHES } from '../contract/report.ts'
import { hexDigits, isPerceptual, type HashType, type PerceptualType } from '../hash/hash-type.ts'
import { packHexBytes } from '../hash/hash-value.ts'
import type { RadiusQuery } from '../search/hamming-index.ts'
import { PrintedValues } from './printed-values.ts'
import type { Prefiltered, PrefilterTarget } from './prefilter-reports.ts'

const WORDS = 8

/** Queries of one perceptual type, and for each of them, ascending, whose it is. */
interface Queries {
  words: Uint32Array
  payloads: Uint32Array
  count: number
}

/**
 * Sifts reports that nobody has read yet, by the hashes that their bytes print: reading one takes several times as long
 * as to see that none of its hashes comes near a value. It may suspect a report that, read, is above suspicion, and what
 * is no report; it never leaves one out that `prefilterReports` candidates by the same rules and queries.
 */
export class PayloadPrefilter {
  readonly #ofDigits = new Map<number, HashType[]>()
  readonly #queries: ReadonlyMap<PerceptualType, RadiusQuery>
  readonly #against: PrefilterTarget
  readonly #printed: PrintedValues
  readonly #places = new Uint32Array(2 * (REPORT_MAX_HASHES + 1))
  readonly #value = new Uint32Array(WORDS)
  readonly #asked = new Map<PerceptualType, Queries>()

  /** @param types Those with a rule. A perceptual one without a query is not asked. */
  constructor(
    types: Iterable<HashType>,
    queries: ReadonlyMap<PerceptualType, RadiusQuery>,
    against: PrefilterTarget,
  ) {
    this.#queries = queries
    this.#against = against
    for (const type of types) {
      const digits = hexDigits(type)
      this.#ofDigits.set(digits, [...(this.#ofDigits.get(digits) ?? []), type])
      if (isPerceptual(type) && queries.has(type))
        this.#asked.set(type, { words: new Uint32Array(), payloads: new Uint32Array(), count: 0 })
    }
    this.#printed = new PrintedValues(this.#ofDigits.keys())
  }

  /** Sifts for about so long, and at least one payload. */
  prefilter(payloads: readonly (Uint8Array | null)[], budgetMicros: number): Prefiltered {
    if (this.#ofDigits.size === 0) return { reports: payloads.length, candidates: [] }
    const isCandidate = new Uint8Array(payloads.length)
    for (const asked of this.#asked.values()) makeRoom(asked, payloads.length * REPORT_MAX_HASHES)
    for (const [place, payload] of payloads.entries())
      if (payload !== null && payload.length <= REPORT_MAX_BYTES && this.#ask(place, payload))
        isCandidate[place] = 1
    const done = this.#search(payloads.length, budgetMicros, isCandidate)
    const candidates: number[] = []
    for (let place = 0; place < done; place++) if (isCandidate[place] === 1) candidates.push(place)
    return { reports: done, candidates }
  }

  /** Looks its cryptographic hashes up and adds the queries of the others; true: it is a suspect already. */
  #ask(place: number, payload: Uint8Array): boolean {
    const found = this.#printed.find(payload, this.#places)
    // Whatever has more is no report, or says something twice.
    if (found === undefined || found > REPORT_MAX_HASHES) return true
    let isCandidate = false
    for (let n = 0; n < found; n++) {
      const [from, to] = [this.#places[2 * n], this.#places[2 * n + 1]]
      packHexBytes(payload, from, to, this.#value, 0)
      for (const type of this.#ofDigits.get(to - from) ?? []) {
        if (!isPerceptual(type)) isCandidate ||= this.#against.mayHave(type, this.#value, 0)
        else {
          const asked = this.#asked.get(type)
          if (!asked) continue
          asked.words.set(this.#value, asked.count * WORDS)
          asked.payloads[asked.count++] = place
        }
      }
    }
    return isCandidate
  }

  /** Returns how many payloads are done. */
  #search(payloads: number, budgetMicros: number, isCandidate: Uint8Array): number {
    const startedMs = performance.now()
    let done = payloads
    for (const [type, asked] of this.#asked) {
      const query = this.#queries.get(type)
      if (!query || asked.count === 0) continue
      const left = budgetMicros - (performance.now() - startedMs) * 1000
      const micros = Math.max(left, budgetMicros / 8)
      const ofFirst = asked.payloads
        .subarray(0, asked.count)
        .findIndex((place) => place !== asked.payloads[0])
      const queries = ofFirst === -1 ? asked.count : ofFirst
      const words = asked.words.subarray(0, asked.count * WORDS)
      const { counts } = this.#against.search(type, words, query, { micros, queries })
      for (const [n, count] of counts.entries()) if (count > 0) isCandidate[asked.payloads[n]] = 1
      if (counts.length < asked.count) done = Math.min(done, asked.payloads[counts.length])
    }
    return done
  }
}

/** Forgets what was asked. */
function makeRoom(asked: Queries, count: number): void {
  asked.count = 0
  if (asked.payloads.length >= count) return
  asked.words = new Uint32Array(count * WORDS)
  asked.payloads = new Uint32Array(count)
}
