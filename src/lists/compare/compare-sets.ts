// Compares what two deployments hold, source by source.
import type { SetSummary, SourceSummary } from './set-summary.ts'

/** A source of ours, and what the other deployment calls it. */
export interface SourcePair {
  readonly ours: string
  readonly theirs: string
}

export interface SourceComparison extends SourcePair {
  readonly isEqual: boolean
  /** Undefined: no entry of this source. */
  readonly here: SourceSummary | undefined
  readonly there: SourceSummary | undefined
  /** Of 256 parts, by the first byte of the keyed digest, those that differ: two hexadecimal digits each. */
  readonly differing: readonly string[]
}

/** The summaries can't be compared. The message says what to do. */
export class SummaryError extends Error {
  readonly code = 'SET_SUMMARY'
  override readonly name = 'SummaryError'
}

/** Compares these sources; without any, all that one of both has. @throws SummaryError */
export function compareSets(
  here: SetSummary,
  there: SetSummary,
  pairs?: readonly SourcePair[],
): readonly SourceComparison[] {
  if (here.keyId !== there.keyId)
    throw new SummaryError(
      'The other summary was made with another key: both sides need the same --key-file, which you give each other by a safe way',
    )
  const names = new Set([...Object.keys(here.sources), ...Object.keys(there.sources)])
  const all = pairs ?? [...names].toSorted().map((name) => ({ ours: name, theirs: name }))
  return all.map(({ ours, theirs }) => {
    const [one, other] = [sourceOf(here, ours), sourceOf(there, theirs)]
    if (one === undefined && other === undefined)
      throw new SummaryError(`Neither side has an entry of the source ${ours}: is it written right?`)
    return compared({ ours, theirs }, one, other)
  })
}

const sourceOf = ({ sources }: SetSummary, name: string): SourceSummary | undefined =>
  Object.hasOwn(sources, name) ? sources[name] : undefined

function compared(
  pair: SourcePair,
  here: SourceSummary | undefined,
  there: SourceSummary | undefined,
): SourceComparison {
  const isEqual = here?.digest === there?.digest && here?.values === there?.values
  const buckets = here?.buckets ?? there?.buckets ?? []
  const differing = isEqual
    ? []
    : buckets.flatMap((_, at) =>
        (here?.buckets[at]?.digest ?? NONE) === (there?.buckets[at]?.digest ?? NONE)
          ? []
          : [at.toString(16).padStart(2, '0')],
      )
  return { ...pair, isEqual, here, there, differing }
}

/** The sum of no values. */
const NONE = '0'.repeat(64)
