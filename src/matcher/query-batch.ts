// The similarity queries of a batch of reports: each distinct value is searched once, within a time budget.
import type { ReportedHash } from '../contract/report.ts'
import { wordCount, type PerceptualType } from '../hash/hash-type.ts'
import { packHex, type HashValue } from '../hash/hash-value.ts'
import type { Matches, SearchBudget } from '../search/hamming-index.ts'

/** Searches packed queries of one type. */
export type RunQueries = (queries: Uint32Array, budget: SearchBudget) => Matches

/** One hash of one report, and the number of the query that answers it. */
export interface Asker {
  /** The report's number in its batch. */
  readonly report: number
  readonly hash: ReportedHash
  readonly query: number
}

/** What a search of a batch's queries found. */
export interface BatchAnswer {
  /** The matches of all queries that were answered. */
  readonly matches: Matches
  /** The hashes that matched something. */
  readonly found: readonly Asker[]
  /** How many reports are done: Infinity for all. */
  readonly done: number
}

/** The queries of a batch of reports for one hash type. */
export class QueryBatch {
  readonly #type: PerceptualType
  readonly #queries = new Map<HashValue, number>()
  /** Of each query, the report that asked it first. */
  readonly #reports: number[] = []
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
      this.#reports.push(report)
    }
    if (!this.#hasAsked(report, query)) this.#askers.push({ report, hash, query })
  }

  /** Searches the queries for about `micros`; those of the first report are answered whatever it takes. */
  search(run: RunQueries, micros: number): BatchAnswer {
    const width = wordCount(this.#type)
    const words = new Uint32Array(this.#queries.size * width)
    for (const [value, query] of this.#queries) packHex(value, words, query * width)
    const { matches, done } = searchInOrder({ words, reports: this.#reports }, run, micros)
    const { counts } = matches
    return { matches, done, found: this.#askers.filter(({ query }) => counts[query] > 0) }
  }

  /** Whether the newest report has asked this already: a video may repeat a value, say of like frames. */
  #hasAsked(report: number, query: number): boolean {
    for (let at = this.#askers.length - 1; at >= 0 && this.#askers[at].report === report; at--) {
      if (this.#askers[at].query === query) return true
    }
    return false
  }
}

/** Packed queries, and of each of them, ascending, the number of the report that asks it. */
export interface OrderedQueries {
  readonly words: Uint32Array
  readonly reports: ArrayLike<number>
}

/**
 * Searches queries in the order of their reports for about `micros`, and at least those of the first report. `done` is
 * the first report that was not answered in full: Infinity if all were.
 */
export function searchInOrder(
  { words, reports }: OrderedQueries,
  run: RunQueries,
  micros: number,
): { readonly matches: Matches; readonly done: number } {
  let ofFirst = 0
  while (ofFirst < reports.length && reports[ofFirst] === reports[0]) ofFirst++
  const matches = run(words, { micros, queries: Math.max(1, ofFirst) })
  const answered = matches.counts.length
  return { matches, done: answered < reports.length ? reports[answered] : Infinity }
}

/**
 * Searches several batches one after the other, for about `micros` in all; each gets at least an eighth of that time.
 * `search` returns how many reports are done; so does this: those that are done in every batch.
 */
export function searchInTurn<Batch>(
  batches: Iterable<Batch>,
  micros: number,
  search: (batch: Batch, micros: number) => number,
): number {
  const startedMs = performance.now()
  let done = Infinity
  for (const batch of batches) {
    const left = micros - (performance.now() - startedMs) * 1000
    done = Math.min(done, search(batch, Math.max(left, micros / 8)))
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
