// Answers that are kept for values which are reported again.
import { LRUCache } from 'lru-cache'
import type { Matches, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { arenaOfId, copyValueOf, localId, type ArenaView, type IndexView } from './index-view.ts'
import { KernelSearch } from './kernel-search.ts'
import { MatchCollector } from '../match-collector.ts'
import type { SearchTuning } from './search-tuning.ts'
import { selectedQueries } from './selected-queries.ts'

const WORDS = 8
/**
 * The cache is measured at run time: TRIED_WITH queries with it (the first half only fills it), then TRIED_WITHOUT
 * queries without it. The faster mode is kept for SETTLED queries. The hit rate can't decide it: the queries that miss
 * make a smaller batch, and each query of a smaller batch takes longer (measured: with half of a batch of 1,024 in the
 * cache, at 4 µs a query, it took twice the time).
 */
const TRIED_WITH = 65_536
const TRIED_WITHOUT = 16_384
const SETTLED = 1_048_576

/** What the sealed segments answered: nothing, or their matches. */
type SealedAnswer =
  | number
  | {
      readonly sealedVersion: number
      readonly ids: Uint32Array
      readonly distances: Uint16Array
      readonly orientations: Uint8Array
    }

/** One side of an answer that is put together from two. */
interface Part {
  readonly count: number
  readonly ids: Uint32Array
  readonly distances: Uint16Array
  readonly orientations: Uint8Array
}

/**
 * Searches arenas as {@link KernelSearch} does, and remembers what their segments answered, because viral content is
 * reported over and over. The tail and the removals are looked at afresh each time, so an answer is never older than
 * the state that it is asked of; sealing more values outdates all answers. Where that is no quicker than to search
 * everything, as when the stream hardly repeats itself, it searches everything, and tries again later.
 */
export class CachedSearch {
  readonly #kernel: KernelSearch
  readonly #answers: LRUCache<string, SealedAnswer> | undefined
  /** Each question that was asked so far, by its radii and orientations: its number is part of the keys. */
  readonly #questions: string[] = []
  #phase: Phase = WITH
  /** Of the phase: queries so far; those that were timed, and how long they took. */
  #asked = 0
  #timed = 0
  #micros = 0
  /** Microseconds a query with kept answers, in the last trial. */
  #withAnswers = 0

  /** @param answers How many answers are kept; 0 keeps none. */
  constructor(answers = 0, tuning?: SearchTuning) {
    this.#kernel = new KernelSearch(tuning)
    this.#answers = answers > 0 ? new LRUCache({ max: answers }) : undefined
  }

  /** See {@link KernelSearch.search}. */
  search(view: IndexView, queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    if (!this.#answers || view.sealedVersion === 0 || queries.length === 0) {
      return this.#kernel.search(view, queries, query, budget)
    }
    const startedMs = performance.now()
    const matches = this.#phase.withAnswers
      ? this.#searchWith(this.#answers, view, queries, query, budget)
      : this.#kernel.search(view, queries, query, budget)
    this.#time(matches.counts.length, (performance.now() - startedMs) * 1000)
    return matches
  }

  /** See {@link KernelSearch.estimateMicros}. */
  estimateMicros(arenas: readonly ArenaView[], queryCount: number, query: RadiusQuery): number {
    return this.#kernel.estimateMicros(arenas, queryCount, query)
  }

  #searchWith(
    answers: LRUCache<string, SealedAnswer>,
    view: IndexView,
    queries: Uint32Array,
    query: RadiusQuery,
    budget?: SearchBudget,
  ): Matches {
    const { arenas, readAt, sealedVersion } = view
    const startedMs = performance.now()
    const tails = arenas.map((arena) => ({ ...arena, segments: [] }))
    const tail = this.#kernel.search({ ...view, arenas: tails }, queries, query, budget)
    const inTail = tail.counts.length
    const kept = this.#lookUp(answers, queries.subarray(0, inTail * WORDS), query, sealedVersion)
    const missing = kept.flatMap(({ answer }, number) => (answer === undefined ? [number] : []))
    const must = missing.findIndex((number) => number >= (budget?.queries ?? 1))
    const sealed = arenas.map((arena) => ({ ...arena, tailTo: arena.tailFrom }))
    const fresh = this.#kernel.search(
      { ...view, arenas: sealed },
      selectedQueries(queries, missing),
      query,
      budget && {
        micros: budget.micros - (performance.now() - startedMs) * 1000,
        queries: must === -1 ? missing.length : must,
      },
    )
    const searched = fresh.counts.length
    const answered = searched < missing.length ? missing[searched] : inTail
    for (let n = 0; n < searched; n++) {
      if (fresh.counts[n] > query.limit) continue
      const { ids, distances, orientations } = partOf(fresh, n)
      const answer = ids.length === 0 ? sealedVersion : { sealedVersion, ids, distances, orientations }
      answers.set(kept[missing[n]].key, answer)
    }
    const isLive = (id: number): boolean => arenaOfId(arenas, id).removedAt(localId(id)) > readAt
    let next = 0
    const parts = kept.slice(0, answered).map(({ answer }): Part => {
      if (answer === undefined) return partOf(fresh, next++)
      return typeof answer === 'number' ? NOTHING : liveOf(answer, isLive)
    })
    return united(arenas, parts, tail, query.limit)
  }

  #lookUp(
    answers: LRUCache<string, SealedAnswer>,
    queries: Uint32Array,
    query: RadiusQuery,
    sealedVersion: number,
  ): { readonly key: string; readonly answer: SealedAnswer | undefined }[] {
    const question = this.#numberOf(query)
    const bytes = Buffer.from(queries.buffer, queries.byteOffset, queries.byteLength)
    return Array.from({ length: queries.length / WORDS }, (_, number) => {
      const key = question + bytes.toString('latin1', number * 4 * WORDS, (number + 1) * 4 * WORDS)
      const answer = answers.get(key)
      const version = typeof answer === 'object' ? answer.sealedVersion : answer
      return { key, answer: version === sealedVersion ? answer : undefined }
    })
  }

  #numberOf({ maxDistanceBits, orientations }: RadiusQuery): string {
    const text = `${maxDistanceBits} ${orientations?.mask} ${orientations?.maxDistanceBits}`
    let number = this.#questions.indexOf(text)
    if (number === -1) number = this.#questions.push(text) - 1
    return String.fromCharCode(number)
  }

  /** Counts what a search took, and goes on to the next phase when this one has lasted long enough. */
  #time(queries: number, micros: number): void {
    this.#asked += queries
    if (this.#asked > this.#phase.untimed) {
      this.#timed += queries
      this.#micros += micros
    }
    if (this.#asked < this.#phase.lasts) return
    const each = this.#micros / this.#timed
    if (this.#phase === WITH) {
      this.#withAnswers = each
      this.#phase = WITHOUT
    } else if (this.#phase === WITHOUT) {
      this.#phase = this.#withAnswers < each ? SETTLED_WITH : SETTLED_WITHOUT
      if (!this.#phase.withAnswers) this.#answers?.clear()
    } else this.#phase = WITH
    this.#asked = 0
    this.#timed = 0
    this.#micros = 0
  }
}

/** One mode of searching, for `lasts` queries; the first `untimed` of them aren't timed. */
interface Phase {
  readonly withAnswers: boolean
  readonly lasts: number
  readonly untimed: number
}

const WITH: Phase = { withAnswers: true, lasts: TRIED_WITH, untimed: TRIED_WITH / 2 }
const WITHOUT: Phase = { withAnswers: false, lasts: TRIED_WITHOUT, untimed: 0 }
const SETTLED_WITH: Phase = { withAnswers: true, lasts: SETTLED, untimed: 0 }
const SETTLED_WITHOUT: Phase = { withAnswers: false, lasts: SETTLED, untimed: 0 }

const NOTHING: Part = {
  count: 0,
  ids: new Uint32Array(0),
  distances: new Uint16Array(0),
  orientations: new Uint8Array(0),
}

function partOf({ counts, starts, ids, distances, orientations }: Matches, number: number): Part {
  if (counts[number] === 0) return NOTHING
  const [from, to] = [starts[number], starts[number + 1]]
  return {
    count: counts[number],
    ids: ids.slice(from, to),
    distances: distances.slice(from, to),
    orientations: orientations.slice(from, to),
  }
}

/** A kept answer without the values that were removed since. */
function liveOf(answer: Exclude<SealedAnswer, number>, isLive: (id: number) => boolean): Part {
  if (answer.ids.every(isLive)) return { ...answer, count: answer.ids.length }
  const stays = (_: unknown, place: number): boolean => isLive(answer.ids[place])
  const ids = answer.ids.filter(stays)
  return {
    count: ids.length,
    ids,
    distances: answer.distances.filter(stays),
    orientations: answer.orientations.filter(stays),
  }
}

/** The union of what the segments and the tail answered, which have no value in common. */
function united(arenas: readonly ArenaView[], parts: readonly Part[], tail: Matches, limit: number): Matches {
  const collector = new MatchCollector(parts.length, limit, {
    copyValue: (id, to, at) => copyValueOf(arenas, id, to, at),
  })
  for (const [number, { ids, distances, orientations }] of parts.entries()) {
    for (let n = 0; n < ids.length; n++) collector.add(number, ids[n], distances[n], orientations[n])
    for (let n = tail.starts[number]; n < tail.starts[number + 1]; n++) {
      collector.add(number, tail.ids[n], tail.distances[n], tail.orientations[n])
    }
  }
  collector.finish(0, parts.length, false)
  const matches = collector.answer()
  // Of those that were cut to the limit more were counted than named.
  for (const [number, { count, ids }] of parts.entries()) {
    const named = tail.starts[number + 1] - tail.starts[number]
    matches.counts[number] += count - ids.length + tail.counts[number] - named
  }
  return matches
}
