// From judgements and their hits to votes on the entries of a source: pure.
import { compareText, type Hit } from '../../contract/hit.ts'
import type { HashType } from '../../hash/hash-type.ts'
import type { Cause, Judgement } from './judgements.ts'

/** One vote on one hash of one entry. A later one of the same hash takes its place at the source. */
export interface Vote {
  readonly source: string
  readonly sourceId: string
  readonly type: HashType
  readonly sentiment: 'affirmative' | 'negative'
  readonly cause: Cause
  readonly atMs: number
}

/** Why a judgement makes no vote. */
export const NO_VOTE = ['hit-gone', 'several-entries', 'other-source', 'already-viewed'] as const
export type NoVote = (typeof NO_VOTE)[number]

export interface Votes {
  readonly votes: readonly Vote[]
  readonly without: Readonly<Record<NoVote, number>>
}

/** A finding counts for more than a suspicion, and of two a later one. */
const rank = ({ cause, atMs }: Vote): readonly [number, number] => [
  cause === 'list-error-suspected' ? 0 : 1,
  atMs,
]

export const noneWithout = (): Record<NoVote, number> => ({
  'hit-gone': 0,
  'several-entries': 0,
  'other-source': 0,
  'already-viewed': 0,
})

/** The hash of the entry that a vote is on, within its source. */
const keyOf = ({ type, sourceId }: Vote): string => `${type}:${sourceId}`

/**
 * Without the votes that a viewing outranks, which are suspicions and earlier viewings: one that is sent later would take
 * the place of that viewing's vote. `viewed` has at most one vote for each hash of each entry.
 */
export function withoutWeaker({ votes, without }: Votes, viewed: readonly Vote[]): Votes {
  const byKey = new Map(viewed.map((vote) => [keyOf(vote), vote]))
  const left = votes.filter((vote) => {
    const other = byKey.get(keyOf(vote))
    return other === undefined || isStronger(vote, other)
  })
  const dropped = votes.length - left.length
  return { votes: left, without: { ...without, 'already-viewed': without['already-viewed'] + dropped } }
}

/** The votes on entries of `source`, one for each hash of each entry. `hits` by id. */
export function votesOf(
  judgements: readonly Judgement[],
  hits: ReadonlyMap<string, Hit>,
  source: string,
): Votes {
  const without = noneWithout()
  const chosen = new Map<string, Vote>()
  for (const judgement of judgements) {
    const votes = votesOfOne(judgement, hits.get(judgement.hitId), source)
    if (typeof votes === 'string') {
      without[votes]++
      continue
    }
    for (const vote of votes) {
      const key = keyOf(vote)
      const before = chosen.get(key)
      if (before === undefined || isStronger(vote, before)) chosen.set(key, vote)
    }
  }
  const votes = [...chosen].toSorted(([a], [b]) => compareText(a, b)).map(([, vote]) => vote)
  return { votes, without }
}

/** Of two that are equal the second one read counts: it may be the same vote. */
function isStronger(vote: Vote, than: Vote): boolean {
  const [weight, at] = rank(vote)
  const [otherWeight, otherAt] = rank(than)
  return weight === otherWeight ? at >= otherAt : weight > otherWeight
}

function votesOfOne(
  { cause, entry, atMs }: Judgement,
  hit: Hit | undefined,
  source: string,
): readonly Vote[] | NoVote {
  if (entry !== undefined && entry.source !== source) return 'other-source'
  if (hit === undefined) return 'hit-gone'
  const named = hit.matches.flatMap(({ type, known }) => known.map((one) => ({ ...one, type })))
  // A reviewer who suspects a list names no entry: a vote against the wrong one would take a good hash from others.
  const entries = new Set(named.map((one) => `${one.source}:${one.sourceId}`))
  if (cause === 'list-error-suspected' && entries.size > 1) return 'several-entries'
  const ours = named.filter(
    (one) => one.source === source && (entry === undefined || one.sourceId === entry.sourceId),
  )
  if (ours.length === 0) return 'other-source'
  const sentiment = cause === 'confirmed' ? 'affirmative' : 'negative'
  return ours.map(({ sourceId, type }) => ({ source, sourceId, type, sentiment, cause, atMs }))
}
