// Whose lists say so: each known entry that the hit points to, in its source's own words.
import type { CaseHit } from '../../../contract/review.ts'
import type { KnownEntry, Match } from '../../../contract/hit.ts'
import { go } from '../../client/place.ts'
import { mayI } from '../../client/session.ts'
import { HASH_NAMES } from '../../wording/report.ts'
import { counted, utcDay } from '../../wording/times.ts'

interface ListedEntry {
  readonly entry: KnownEntry
  readonly matches: readonly Match[]
}

/** The entries in the order of the best match that names each. */
function entriesOf(matches: readonly Match[]): readonly ListedEntry[] {
  const byId = Map.groupBy(
    matches.flatMap((match) => match.known.map((entry) => ({ entry, match }))),
    ({ entry }) => `${entry.source}/${entry.sourceId}`,
  )
  return [...byId.values()].flatMap((group) =>
    group[0] ? [{ entry: group[0].entry, matches: group.map(({ match }) => match) }] : [],
  )
}

/** Equal hashes together, then the near ones with their distance. */
function how(matches: readonly Match[]): string {
  const equal = matches.filter(({ distance }) => distance === 0).map(({ type }) => HASH_NAMES[type])
  const near = matches.filter(({ distance }) => distance > 0)
  return [
    ...(equal.length > 0 ? [`${[...new Set(equal)].join(', ')} equal`] : []),
    ...near.map(({ type, distance }) => `${HASH_NAMES[type]} ${counted(distance, 'bit')}`),
  ].join('; ')
}

export function WhoseLists({ item: { hit } }: { item: CaseHit }) {
  const { origins } = hit.support
  return (
    <section class="card flush" aria-labelledby="whose-lists">
      <div class="card-head">
        <h2 id="whose-lists">Whose lists say so</h2>
        <p class="soft">
          {counted(origins, 'independent source')}
          {origins === 1 && ': no second one confirms it'}
        </p>
      </div>
      <table class="plain stacked">
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Classification, in its own words</th>
            <th scope="col">Entry</th>
            <th scope="col">Match</th>
            <th scope="col" class="number">
              Added
            </th>
          </tr>
        </thead>
        <tbody>
          {entriesOf(hit.matches).map((listed) => (
            <EntryRow key={`${listed.entry.source}/${listed.entry.sourceId}`} listed={listed} />
          ))}
        </tbody>
      </table>
      {hit.truncated && <p class="soft foot">More matches or entries exist than a hit can name.</p>}
    </section>
  )
}

function EntryRow({ listed: { entry, matches } }: { listed: ListedEntry }) {
  const { source, sourceId, origin, classification, addedAt } = entry
  return (
    <tr>
      <td>
        <strong>{source}</strong>
        {origin !== source && <span class="soft"> from {origin}</span>}
      </td>
      <td>
        <span class="soft">{classification.scheme}</span> {classification.code}
      </td>
      <td>
        {mayI('entry.read') ? (
          <button type="button" class="link" onClick={() => go('/entries', { source, sourceId })}>
            {sourceId}
          </button>
        ) : (
          sourceId
        )}
      </td>
      <td class="soft">{how(matches)}</td>
      <td class="number soft">{utcDay(addedAt)}</td>
    </tr>
  )
}
