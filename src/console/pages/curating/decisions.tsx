// What people have decided on lists, and whether it is published yet.
import type { CurationView } from '../../../contract/review.ts'
import { Ago } from '../../parts/moment.tsx'
import { ScrollBox } from '../../parts/scroll-box.tsx'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { counted } from '../../wording/times.ts'
import { decisions } from './lists-now.ts'
import { Until } from './until.tsx'
import { CURATION_WORDS } from './shown.ts'

export function Decisions() {
  const view = decisions.value.value
  const refusal = decisions.refusal.value
  return (
    <section class="card flush" aria-labelledby="decided">
      <div class="card-head">
        <h2 id="decided">Decided</h2>
        <p class="soft">The last 50</p>
      </div>
      {!view && refusal && <Failed refusal={refusal} retry={() => void decisions.reload()} />}
      {!view && !refusal && <Skeleton lines={3} />}
      {view && view.curations.length === 0 && <p class="foot soft">Nothing yet.</p>}
      {view && view.curations.length > 0 && <Table curations={view.curations} />}
    </section>
  )
}

const Table = ({ curations }: { curations: readonly CurationView[] }) => (
  <ScrollBox label="Decisions on lists">
    <table class="stacked decided">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">List and id</th>
          <th scope="col">Who</th>
          <th scope="col">Reason</th>
          <th scope="col">Until</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {curations.map((one) => (
          <tr key={one.curationId}>
            <td>
              <strong>{CURATION_WORDS[one.kind]}</strong>
            </td>
            <td>
              {one.source ?? <span class="soft">all lists</span>}{' '}
              {one.sourceId !== undefined && <bdi class="soft">{one.sourceId}</bdi>}
            </td>
            <td>
              {one.person}, <Ago at={one.at} />
            </td>
            <td class="reason-cell">{one.reason}</td>
            <td>{ENDING.has(one.kind) && <Until until={one.until} />}</td>
            <td>{stateOf(one)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </ScrollBox>
)

/** Only what holds something back has an end. */
const ENDING: ReadonlySet<CurationView['kind']> = new Set(['disable', 'suppress'])

function stateOf({ kind, doneAt, entries }: CurationView) {
  if (doneAt === undefined) return <span class="state-waiting">◌ being published</span>
  if (entries === 0 && CHANGES_ENTRIES.has(kind))
    return <span class="state-waiting">▲ no entry has that name</span>
  const changed = entries === undefined ? '' : `: ${counted(entries, 'entry', 'entries')}`
  return <span class="soft">✓ published{changed}</span>
}

/** Of the others none has to be there already. */
const CHANGES_ENTRIES: ReadonlySet<CurationView['kind']> = new Set(['disable', 'enable'])
