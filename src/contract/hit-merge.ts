// Merging hits of one hitId: a report that is matched twice has two hit records.
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

/** Two hits of different ids were to be merged: a mistake of the caller, who keeps hits by their id. */
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
 * The union of two hits of one hitId: commutative, associative and idempotent, so all readers
 * that have seen the same hits, in any order and any number of times, come to the same one.
 *
 * Lists are united by key, sorted, and cut at their bound; of two elements with one key, the one whose other fields have
 * the greater canonical bytes stays. The fields that say which state was searched move as one block, the newest. If the
 * hits are of different reports under one id, `reportsDiffer` is true, and each match's `reportDigest` names its report.
 * @throws HitMergeError if the ids differ.
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

/** The fields that say which state was searched, under which rules, and for which report: they belong together. */
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

/** The elements in order, those of one key merged into one. */
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

/** The entries of both, not cut yet. Without them two matches of one key differ in a threshold at most. */
function mergeMatches({ known, ...a }: Match, { known: more, ...b }: Match): Match {
  return { ...greater(a, b), known: [...known, ...more] }
}

function greater<T extends Block | KnownEntry | Omit<Match, 'known'>>(a: T, b: T): T {
  return compareText(canonicalJson(a), canonicalJson(b)) >= 0 ? a : b
}

/** Whether both hits are of one and the same report. (As long as they are, every digest in a union is that one.) */
function isOfOneReport(a: Hit, b: Hit): boolean {
  if (a.reportsDiffer || b.reportsDiffer) return false
  return [...a.matches, ...b.matches, b].every(({ reportDigest }) => reportDigest === a.reportDigest)
}
