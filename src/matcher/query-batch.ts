import type { ReportedHash } from '../contract/report.ts'
import { wordCount, type PerceptualType } from '../hash/hash-type.ts'
import { packHex, type HashValue } from '../hash/hash-value.ts'
import type { Matches, SearchBudget } from '../search/hamming-index.ts'

/** One report's hash that asks a query. */
interface Asker {
  /** The report's place in its batch. */
  readonly report: number
  readonly hash: ReportedHash
  readonly query: number
}

/** The similarity queries of a batch of reports for one hash type: each distinct value is searched once. */
export class QueryBatch {
  readonly #type: PerceptualType
  readonly #queries = new Map<HashValue, number>()
  readonly #askers: Asker[] = []

  constructor(type: PerceptualType) {
    this.#type = type
  }

  /** Adds a report's hash, whose canonical value is `value`; reports come in their order. */
  ask(report: number, hash: ReportedHash, value: HashValue): void {
    let query = this.#queries.get(value)
    if (query === undefined) {
      query = this.#queries.size
      this.#queries.set(value, query)
    }
    if (!this.#hasAsked(report, query)) this.#askers.push({ report, hash, query })
  }

  /**
   * Searches the queries for about `micros`, and hands over each asker's matches. Returns the number of reports that
   * are done: all, unless the time was up before. The first report's queries are answered whatever it takes.
   */
  search(
    run: (queries: Uint32Array, budget: SearchBudget) => Matches,
    micros: number,
    onAnswer: (asker: Asker, matches: Matches) => void,
  ): number {
    const words = wordCount(this.#type)
    const queries = new Uint32Array(this.#queries.size * words)
    for (const [value, at] of this.#queries) packHex(value, queries, at * words)
    const ofFirst = this.#askers.findIndex(({ report }) => report !== this.#askers[0].report)
    // Queries are numbered in the order of the reports.
    const must = Math.max(1, ofFirst === -1 ? this.#queries.size : ofFirst)
    const matches = run(queries, { micros, queries: must })
    for (const asker of this.#askers) {
      if (asker.query >= matches.counts.length) return asker.report
      if (matches.counts[asker.query] > 0) onAnswer(asker, matches)
    }
    return Infinity
  }

  /** Whether the newest report has asked this already: a video may repeat a value, say of like frames. */
  #hasAsked(report: number, query: number): boolean {
    for (let at = this.#askers.length - 1; at >= 0 && this.#askers[at].report === report; at--) {
      if (this.#askers[at].query === query) return true
    }
    return false
  }
}

/**
 * Searches the batches of several types one after the other, for about `micros` in all; each has an eighth of it for
 * sure. Returns the number of reports, of `reports`, that are done.
 */
export function searchBatches(
  batches: ReadonlyMap<PerceptualType, QueryBatch>,
  reports: number,
  micros: number,
  search: (type: PerceptualType, batch: QueryBatch, micros: number) => number,
): number {
  const startedMs = performance.now()
  let done = reports
  for (const [type, batch] of batches) {
    const left = micros - (performance.now() - startedMs) * 1000
    done = Math.min(done, search(type, batch, Math.max(left, micros / 8)))
  }
  return done
}

/** The batch of a type, begun when first asked for. */
export function batchOf(batches: Map<PerceptualType, QueryBatch>, type: PerceptualType): QueryBatch {
  let batch = batches.get(type)
  if (!batch) {
    batch = new QueryBatch(type)
    batches.set(type, batch)
  }
  return batch
}
