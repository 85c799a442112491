// Merging of hits: the records of one hitId are one hit.
import { grade, support } from './grade.ts'
import {
  compareEntries,
  compareMatches,
  compareText,
  MAX_KNOWN_ENTRIES,
  MAX_MATCHES,
  type Hit,
  type KnownEntry,
  type Match,
} from './hit.ts'
import { canonicalJson } from './json.ts'

/** Hits of different ids can't be merged. The caller has made a mistake: it must keep hits by their id. */
export class HitMergeError extends Error {
  readonly code = 'HIT_MERGE'
  override readonly name = 'HitMergeError'
  constructor() {
    super(
      'Only hits of one hitId can be merged: these two have different ones. Look a hit up by its id first.',
    )
  }
}

/**
 * The union of two hits of one hitId. It is commutative, associative and idempotent: every reader that has seen the same
 * hits, in any order and any number of times, has the same result.
 *
 * - Lists are united by key, in their order, and cut at their bound. Where two elements have the same key, the one with
 *   the greater canonical bytes (without lists inside) stays.
 * - The fields that name the report, the state of the set and the policy move as one block, the newest one.
 * - If the hits are of different reports under one id, `reportsDiffer` is set. `reportDigest` tells whose a match is.
 *
 * Throws HitMergeError if the ids differ.
 */
export function mergeHits(a: Hit, b: Hit): Hit {
  if (a.hitId !== b.hitId) throw new HitMergeError()
  const all = uniteBy([...a.matches, ...b.matches], compareMatches, mergeMatches)
  const united = all.map(({ known, ...match }) => ({
    ...match,
    known: uniteBy(known, compareEntries, greater),
  }))
  const matches = united
    .slice(0, MAX_MATCHES)
    .map((match) => ({ ...match, known: match.known.slice(0, MAX_KNOWN_ENTRIES) }))
  const isCut = united.length > MAX_MATCHES || united.some(({ known }) => known.length > MAX_KNOWN_ENTRIES)
  return {
    schema: a.schema,
    hitId: a.hitId,
    ...newestBlock(a, b),
    matches,
    matchCount: Math.max(a.matchCount, b.matchCount, matches.length),
    truncated: a.truncated || b.truncated || isCut,
    grade: grade(matches),
    support: support(matches),
    priority: Math.max(a.priority, b.priority),
    expectedByChance: Math.min(a.expectedByChance, b.expectedByChance),
    retroactive: a.retroactive && b.retroactive,
    ...(isOfOneReport(a, b) ? {} : { reportsDiffer: true }),
  }
}

/** The state that was searched, the rules, and the report: fields that mean something together only. */
type Block = Pick<Hit, 'knownSet' | 'policy' | 'why' | 'report' | 'receivedAt' | 'reportDigest'>

const blockOf = ({ knownSet, policy, why, report, receivedAt, reportDigest }: Hit): Block => ({
  knownSet,
  policy,
  why,
  report,
  receivedAt,
  reportDigest,
})

function newestBlock(a: Hit, b: Hit): Block {
  const [one, other] = [blockOf(a), blockOf(b)]
  const order =
    one.knownSet.offset - other.knownSet.offset || compareText(one.policy, other.policy) || undefined
  return order === undefined ? greater(one, other) : order > 0 ? one : other
}

/** The elements in order. Elements of one key are merged into one. */
function uniteBy<T>(
  elements: readonly T[],
  compare: (a: T, b: T) => number,
  merge: (a: T, b: T) => T,
): readonly T[] {
  const united: T[] = []
  for (const element of elements.toSorted(compare)) {
    const last = united.at(-1)
    if (last !== undefined && compare(last, element) === 0) united[united.length - 1] = merge(last, element)
    else united.push(element)
  }
  return united
}

/** One match for two of the same key, with the entries of both, not cut yet. */
function mergeMatches({ known, ...a }: Match, { known: more, ...b }: Match): Match {
  return { ...greater(a, b), known: [...known, ...more] }
}

function greater<T extends Block | KnownEntry | Omit<Match, 'known'>>(a: T, b: T): T {
  return compareText(canonicalJson(a), canonicalJson(b)) >= 0 ? a : b
}

/** Whether both hits are of the same report. (While they are, every digest in a union is the same.) */
function isOfOneReport(a: Hit, b: Hit): boolean {
  if (a.reportsDiffer || b.reportsDiffer) return false
  return [...a.matches, ...b.matches, b].every(({ reportDigest }) => reportDigest === a.reportDigest)
}
