// Finds the few reports that may make a hit by their bytes, before they are parsed.
import { REPORT_MAX_BYTES, REPORT_MAX_HASHES } from '../contract/report.ts'
import { hexDigits, isPerceptual, type HashType, type PerceptualType } from '../hash/hash-type.ts'
import { packHexBytes } from '../hash/hash-value.ts'
import type { RadiusQuery, SearchBudget } from '../search/hamming-index.ts'
import { PrintedValues } from './printed-values.ts'
import { CandidateFlags, type Prefiltered, type PrefilterTarget } from './prefilter.ts'
import { searchInOrder, searchInTurn } from './query-batch.ts'
import type { SimilarityQueries } from './similarity-queries.ts'

const WORDS = 8

/** The queries of one perceptual type, in the order of the payloads that ask them. */
class PayloadQueries {
  readonly type: PerceptualType
  readonly query: RadiusQuery
  #words = new Uint32Array()
  #payloads = new Uint32Array()
  #count = 0

  constructor(type: PerceptualType, query: RadiusQuery) {
    this.type = type
    this.query = query
  }

  /** Begins again, with room for this number of queries. */
  clear(room: number): void {
    this.#count = 0
    if (this.#payloads.length >= room) return
    this.#words = new Uint32Array(room * WORDS)
    this.#payloads = new Uint32Array(room)
  }

  add(payload: number, value: Uint32Array): void {
    this.#words.set(value, this.#count * WORDS)
    this.#payloads[this.#count++] = payload
  }

  get words(): Uint32Array {
    return this.#words.subarray(0, this.#count * WORDS)
  }

  /** Of each query, the payload that asks it. */
  get askers(): Uint32Array {
    return this.#payloads.subarray(0, this.#count)
  }
}

/**
 * Compares the hashes that a report's bytes print: parsing a report takes several times as long as seeing that none of
 * its hashes comes near a value. It may name a report that, parsed, is no candidate, and bytes that are no report; it
 * never leaves out a report that `prefilterReports` names by the same rules and queries.
 */
export class PayloadPrefilter {
  readonly #typesOfDigits = new Map<number, HashType[]>()
  readonly #target: PrefilterTarget
  readonly #printed: PrintedValues
  readonly #bounds = new Uint32Array(2 * (REPORT_MAX_HASHES + 1))
  readonly #value = new Uint32Array(WORDS)
  readonly #queries = new Map<PerceptualType, PayloadQueries>()

  /** @param types Those with a rule. A perceptual one without a query is not searched. */
  constructor(types: Iterable<HashType>, queries: SimilarityQueries, target: PrefilterTarget) {
    this.#target = target
    for (const type of types) {
      const digits = hexDigits(type)
      this.#typesOfDigits.set(digits, [...(this.#typesOfDigits.get(digits) ?? []), type])
      const query = isPerceptual(type) ? queries.get(type) : undefined
      if (query && isPerceptual(type)) this.#queries.set(type, new PayloadQueries(type, query))
    }
    this.#printed = new PrintedValues(this.#typesOfDigits.keys())
  }

  /** Looks at payloads for about `budgetMicros`, and at one at least. */
  prefilter(payloads: readonly (Uint8Array | null)[], budgetMicros: number): Prefiltered {
    const flags = new CandidateFlags(payloads.length)
    if (this.#typesOfDigits.size === 0) return flags.among(Infinity)
    for (const queries of this.#queries.values()) queries.clear(payloads.length * REPORT_MAX_HASHES)
    for (const [number, payload] of payloads.entries()) {
      if (payload === null || payload.length > REPORT_MAX_BYTES) continue
      if (this.#ask(number, payload)) flags.add(number)
    }
    const done = searchInTurn(
      this.#queries.values(),
      budgetMicros,
      ({ type, query, words, askers }, micros) => {
        if (askers.length === 0) return Infinity
        const run = (packed: Uint32Array, budget: SearchBudget) =>
          this.#target.search(type, packed, query, budget)
        const answer = searchInOrder({ words, reports: askers }, run, micros)
        for (const [number, count] of answer.matches.counts.entries())
          if (count > 0) flags.add(askers[number])
        return answer.done
      },
    )
    return flags.among(done)
  }

  /** Looks up its cryptographic hashes, adds the queries of the others. True: it is a candidate already. */
  #ask(number: number, payload: Uint8Array): boolean {
    const found = this.#printed.find(payload, this.#bounds)
    // Bytes that print more hashes are no report, or say something twice.
    if (found === undefined || found > REPORT_MAX_HASHES) return true
    let isCandidate = false
    for (let n = 0; n < found; n++) {
      const [from, to] = [this.#bounds[2 * n], this.#bounds[2 * n + 1]]
      packHexBytes(payload, from, to, this.#value, 0)
      for (const type of this.#typesOfDigits.get(to - from) ?? []) {
        if (!isPerceptual(type)) isCandidate ||= this.#target.mayHave(type, this.#value, 0)
        else this.#queries.get(type)?.add(number, this.#value)
      }
    }
    return isCandidate
  }
}
