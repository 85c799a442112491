// Whose lists say so: each known entry that the hit points to, in its source's own words.
import type { CaseHit } from '../../../contract/review.ts'
import { go } from '../../client/place.ts'
import { mayI } from '../../client/session.ts'
import { howTheyMatch, listedEntries, type ListedEntry } from '../../evidence/listed-entries.ts'
import { counted, utcDay } from '../../wording/times.ts'
import { DisableEntry } from './disable-entry.tsx'

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
          {listedEntries(hit.matches).map((listed) => (
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
        {origin !== source && <span class="soft"> from {origin}</span>}{' '}
        {mayI('list.curate') && <DisableEntry entry={entry} />}
      </td>
      <td>
        <span class="soft">{classification.scheme}</span> {classification.code}
      </td>
      <td>
        {mayI('entry.read') ? (
          <button type="button" class="link" onClick={() => go('/entries', { source, sourceId })}>
            <bdi>{sourceId}</bdi>
          </button>
        ) : (
          <bdi>{sourceId}</bdi>
        )}
      </td>
      <td class="soft">{howTheyMatch(matches)}</td>
      <td class="number soft">{utcDay(addedAt)}</td>
    </tr>
  )
}
