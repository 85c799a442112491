// What people have decided on lists, and whether it is published yet.
import type { CurationView } from '../../../contract/review.ts'
import { Ago } from '../../parts/moment.tsx'
import { ScrollBox } from '../../parts/scroll-box.tsx'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { counted, utcDay } from '../../wording/times.ts'
import { decisions } from './lists-now.ts'
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
          <th scope="col">List</th>
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
            <td>{one.source ?? <span class="soft">all lists</span>}</td>
            <td>
              {one.person}, <Ago at={one.at} />
            </td>
            <td class="reason-cell">{one.reason}</td>
            <td>{untilWords(one)}</td>
            <td>{stateOf(one)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </ScrollBox>
)

/** Only what holds something back has an end. */
const untilWords = ({ kind, until }: CurationView): string =>
  kind === 'disable' || kind === 'suppress' ? (until === undefined ? 'for good' : utcDay(until)) : ''

function stateOf({ doneAt, entries }: CurationView) {
  if (doneAt === undefined) return <span class="state-waiting">◌ being published</span>
  const changed = entries === undefined ? '' : `: ${counted(entries, 'entry', 'entries')}`
  return <span class="soft">✓ published{changed}</span>
}
