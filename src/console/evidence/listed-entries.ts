// The list entries that a hit points to, each with the matches that name it.
import type { KnownEntry, Match } from '../../contract/hit.ts'
import { HASH_NAMES } from '../wording/report.ts'
import { counted } from '../wording/times.ts'

export interface ListedEntry {
  readonly entry: KnownEntry
  readonly matches: readonly Match[]
}

/** The entries in the order of the best match that names each. */
export function listedEntries(matches: readonly Match[]): readonly ListedEntry[] {
  const byId = Map.groupBy(
    matches.flatMap((match) => match.known.map((entry) => ({ entry, match }))),
    ({ entry }) => `${entry.source}/${entry.sourceId}`,
  )
  return [...byId.values()].flatMap((group) =>
    group[0] ? [{ entry: group[0].entry, matches: group.map(({ match }) => match) }] : [],
  )
}

/** Equal hashes together, then the near ones with their distance. */
export function howTheyMatch(matches: readonly Match[]): string {
  const equal = matches.filter(({ distance }) => distance === 0).map(({ type }) => HASH_NAMES[type])
  const near = matches.filter(({ distance }) => distance > 0)
  return [
    ...(equal.length > 0 ? [`${[...new Set(equal)].join(', ')} equal`] : []),
    ...near.map(({ type, distance }) => `${HASH_NAMES[type]} ${counted(distance, 'bit')}`),
  ].join('; ')
}
