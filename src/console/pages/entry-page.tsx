// A known entry: its list and class, its hits over time, and what people decided and found. Its name is in the page's
// history state and never in the address.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { KnownEntryView } from '../../contract/review.ts'
import { api } from '../client/api.ts'
import { nowMs } from '../client/clock.ts'
import { loaded } from '../client/loaded.ts'
import { go } from '../client/place.ts'
import { Refusal } from '../client/refusal.ts'
import { mayI } from '../client/session.ts'
import { Bars } from '../parts/bars.tsx'
import { CaseList } from '../parts/case-list.tsx'
import { DisableDialog } from '../parts/disable-dialog.tsx'
import { ReasonedDialog } from '../parts/reasoned-dialog.tsx'
import { Empty, Failed, Skeleton } from '../parts/states.tsx'
import { complain, say } from '../parts/toasts.tsx'
import { FINDING_WORDS, VERDICT_WORDS } from '../wording/verdicts.ts'
import { count, counted, utcDay } from '../wording/times.ts'

interface EntryName {
  readonly source: string
  readonly sourceId: string
}

const isEntryName = (state: unknown): state is EntryName =>
  typeof state === 'object' && state !== null && 'source' in state && 'sourceId' in state

export const EntryPage = ({ state }: { state: unknown }) =>
  isEntryName(state) ? <Entry key={`${state.source}/${state.sourceId}`} {...state} /> : <FindEntry />

function FindEntry() {
  const source = useSignal('')
  const sourceId = useSignal('')
  return (
    <>
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>Known entry</h1>
          <p class="soft">What one list says of one file, and what came of it here.</p>
        </div>
      </header>
      <form
        class="search-form card"
        onSubmit={(event) => {
          event.preventDefault()
          go('/entries', { source: source.value.trim(), sourceId: sourceId.value.trim() })
        }}
      >
        <label class="field">
          <span>List</span>
          <input
            value={source.value}
            required
            maxLength={32}
            onInput={(event) => (source.value = event.currentTarget.value)}
          />
        </label>
        <label class="field grow">
          <span>Id in the list</span>
          <input
            value={sourceId.value}
            required
            maxLength={64}
            onInput={(event) => (sourceId.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button primary">
          Show
        </button>
      </form>
    </>
  )
}

function Entry({ source, sourceId }: EntryName) {
  const entry = useMemo(() => loaded<KnownEntryView>(() => api.entry(source, sourceId)), [source, sourceId])
  const asking = useSignal<'suspect' | 'disable' | undefined>(undefined)
  useEffect(() => void entry.reload(), [entry])
  const view = entry.value.value
  const refusal = entry.refusal.value
  return (
    <>
      <header class="page-head">
        <div>
          <p class="crumbs">Known entry</p>
          <h1 tabIndex={-1}>
            {source}{' '}
            <span class="soft">
              / <bdi>{sourceId}</bdi>
            </span>
          </h1>
          {view && (
            <p class="soft">
              {view.classification} · added {utcDay(view.addedAt)}
              {view.origin !== view.source && ` · from ${view.origin}`}
              {view.isSuspected && <span class="tag raised">▲ Suspected</span>}
            </p>
          )}
        </div>
        {view && (
          <div class="head-actions">
            {mayI('entry.suspect') && !view.isSuspected && (
              <button type="button" class="button" onClick={() => (asking.value = 'suspect')}>
                Suspect this entry…
              </button>
            )}
            {mayI('list.curate') && (
              <button type="button" class="button" onClick={() => (asking.value = 'disable')}>
                Disable it…
              </button>
            )}
          </div>
        )}
      </header>
      {refusal && !view && <Failed refusal={refusal} retry={() => void entry.reload()} />}
      {!view && !refusal && (
        <section class="card">
          <Skeleton lines={6} />
        </section>
      )}
      {view && <EntryFacts view={view} />}
      {asking.value === 'suspect' && (
        <SuspectDialog
          name={{ source, sourceId }}
          onClose={() => (asking.value = undefined)}
          onDone={() => void entry.reload()}
        />
      )}
      {asking.value === 'disable' && (
        <DisableDialog source={source} sourceId={sourceId} onClose={() => (asking.value = undefined)} />
      )}
    </>
  )
}

const EntryFacts = ({ view }: { view: KnownEntryView }) => (
  <>
    <section class="card">
      <h2>{counted(view.hits, 'hit')}, by day</h2>
      <Days view={view} />
    </section>
    <div class="pair">
      <section class="card">
        <h2>Decisions</h2>
        <Bars
          rows={view.decisions.map(({ verdict, count: amount }) => [VERDICT_WORDS[verdict].name, amount])}
        />
      </section>
      <section class="card">
        <h2>Outcomes</h2>
        <Bars rows={view.outcomes.map(({ finding, count: amount }) => [FINDING_WORDS[finding], amount])} />
      </section>
    </div>
    <section class="card flush">
      <div class="card-head">
        <h2>Cases</h2>
      </div>
      {view.cases.length === 0 ? (
        <Empty title="No case that you may see" />
      ) : (
        <CaseList cases={view.cases} label="Cases of this entry" />
      )}
    </section>
  </>
)

const DAYS = 90
const DAY_MS = 86_400_000

/** A bar a day, the newest on the right. */
function Days({ view }: { view: KnownEntryView }) {
  const byDay = new Map(view.hitsByDay.map(({ day, hits }) => [day, hits]))
  const today = Math.floor(nowMs.peek() / DAY_MS)
  const days = Array.from({ length: DAYS }, (_, at) => {
    const day = new Date((today - DAYS + 1 + at) * DAY_MS).toISOString().slice(0, 10)
    return { day, hits: byDay.get(day) ?? 0 }
  })
  const most = Math.max(1, ...days.map(({ hits }) => hits))
  const busiest = days.find(({ hits }) => hits === most)
  const inAll = days.reduce((sum, { hits }) => sum + hits, 0)
  return (
    <figure class="days">
      <svg
        viewBox={`0 0 ${DAYS * 7} 96`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${counted(inAll, 'hit')} in 90 days, at most ${most} a day${busiest && inAll > 0 ? `, on ${utcDay(busiest.day)}` : ''}`}
      >
        {days.map(({ day, hits }, at) => (
          <rect
            key={day}
            class={hits === 0 ? 'none' : ''}
            x={at * 7}
            width="5"

            y={90 - (hits / most) * 84}
            height={Math.max(hits === 0 ? 1.5 : 4, (hits / most) * 84)}
          >
            <title>{`${utcDay(day)}: ${counted(hits, 'hit')}`}</title>
          </rect>
        ))}
      </svg>
      <figcaption class="soft">
        <span>90 days ago</span>
        <span>at most {count(most)} a day</span>
        <span>today (UTC)</span>
      </figcaption>
    </figure>
  )
}

interface SuspectProps {
  readonly name: EntryName
  readonly onClose: () => void
  readonly onDone: () => void
}

const SuspectDialog = ({ name, onClose, onDone }: SuspectProps) => (
  <ReasonedDialog
    title="Suspect this entry"
    outcome="It goes on matching until the keepers of the list silence it. Say why it seems wrong."
    button="Suspect it"
    onSend={async ({ reason }) => {
      const answer = await api.suspectEntry(name.source, name.sourceId, reason)
      if (answer instanceof Refusal) {
        complain(answer.text)
        return false
      }
      say('The entry is marked as suspected')
      onDone()
      return true
    }}
    onClose={onClose}
  />
)
