// Who copied whom: which sources should share an origin in the policy, by what they share and who had it first. A person
// decides; this only proposes, with the evidence.
import type { ListStatistics } from '../../contract/list-state.ts'

/** Fewer values than this say nothing of a source. */
const FEWEST_SHARED = 50
/** A source that has at least this share of its values in common with another one may be a copy of it. */
const LEAST_SHARE = 0.5
/** Of the values whose days tell who had them first, at least this share has to say the same. */
const CLEAR_SHARE = 0.8

export interface OriginProposal {
  readonly source: string
  /** The source that it seems to copy. */
  readonly from: string
  /** The origin to declare for `source`: that of `from`. */
  readonly origin: string
  /** Different values of `source`. */
  readonly values: number
  /** Of these, the values that `from` has, too. */
  readonly shared: number
  /** Of the shared ones: `from` had it on an earlier day; both on the same day; `source` had it earlier. */
  readonly earlier: number
  readonly sameDay: number
  readonly later: number
  /** clear: `from` had most of them first. unclear: both came on the same days, so the days don't say who copied whom. */
  readonly order: 'clear' | 'unclear'
}

type Origins = Readonly<Record<string, string>>

const originIn = (origins: Origins, source: string): string =>
  Object.hasOwn(origins, source) ? origins[source] : source

/** Proposals for sources that have another origin by now, the strongest first. `declared`: the policy's origins. */
export function proposeOrigins(
  statistics: readonly ListStatistics[],
  declared: Origins,
): readonly OriginProposal[] {
  const bySource = new Map(statistics.map((one) => [one.source, one]))
  const found = new Map<string, OriginProposal>()
  const strongest = statistics
    .flatMap((one) => statistics.map((other) => compare(one, other)))
    .filter((proposal) => proposal !== undefined)
    .toSorted(byStrength)
  for (const proposal of strongest) {
    const { source, from } = proposal
    // Without days, one of the two is enough: the smaller one takes the origin of the larger one.
    if (proposal.order === 'unclear' && isSmaller(bySource.get(from), bySource.get(source))) continue
    if (!found.has(source)) found.set(source, proposal)
  }
  return [...found.values()]
    .map((proposal) => ({ ...proposal, origin: rootOf(proposal.from, declared, found) }))
    .filter(({ source, origin }) => origin !== source && originIn(declared, source) !== origin)
}

function compare(one: ListStatistics, other: ListStatistics): OriginProposal | undefined {
  const { values = 0, shared, sharedEarlier = {} } = one
  const both = shared[other.source] ?? 0
  if (one.source === other.source || both < FEWEST_SHARED || both < values * LEAST_SHARE) return undefined
  const earlier = sharedEarlier[other.source] ?? 0
  const later = other.sharedEarlier?.[one.source] ?? 0
  const told = earlier + later
  const isClear = told > 0 && earlier >= told * CLEAR_SHARE && earlier >= FEWEST_SHARED
  // It had them first: it is the other one that may be a copy.
  const isOriginal = told > 0 && later > told * (1 - CLEAR_SHARE) && later >= FEWEST_SHARED
  if (!isClear && isOriginal) return undefined
  return {
    source: one.source,
    from: other.source,
    origin: other.source,
    values,
    shared: both,
    earlier,
    sameDay: both - told,
    later,
    order: isClear ? 'clear' : 'unclear',
  }
}

function byStrength(one: OriginProposal, other: OriginProposal): number {
  if (one.order !== other.order) return one.order === 'clear' ? -1 : 1
  const difference = other.shared / other.values - one.shared / one.values
  if (difference !== 0) return difference
  return `${one.source} ${one.from}` < `${other.source} ${other.from}` ? -1 : 1
}

const isSmaller = (one?: ListStatistics, other?: ListStatistics): boolean => {
  const [first, second] = [one?.values ?? 0, other?.values ?? 0]
  return first < second || (first === second && (one?.source ?? '') > (other?.source ?? ''))
}

/** Where a source's values come from in the end, by the policy, else by the proposals. */
function rootOf(source: string, declared: Origins, found: ReadonlyMap<string, OriginProposal>): string {
  const passed = new Set<string>()
  let at = source
  while (!passed.has(at)) {
    passed.add(at)
    const next = originIn(declared, at)
    at = next === at ? (found.get(at)?.from ?? at) : next
  }
  return at
}

/** The lines of the policy file: those that it has, with the proposed ones put in. */
export function originLines(declared: Origins, proposals: readonly OriginProposal[]): string {
  const all = {
    ...declared,
    ...Object.fromEntries(proposals.map(({ source, origin }) => [source, origin])),
  }
  // A name may look like a number or a boolean of YAML.
  const lines = Object.entries(all).map(
    ([source, origin]) => `  ${JSON.stringify(source)}: ${JSON.stringify(origin)}\n`,
  )
  return lines.length === 0 ? 'origins: {}\n' : `origins:\n${lines.join('')}`
}
