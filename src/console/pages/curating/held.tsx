// The entries that are held back, and why, with their release. Looking at their values is an entry of the audit, so a person
// asks for it.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { HELD_KINDS } from './held-kinds.ts'
import type { HeldEntryView, HeldKind, HeldPage } from '../../../contract/review.ts'
import { api } from '../../client/api.ts'
import { Refusal } from '../../client/refusal.ts'
import { Ago } from '../../parts/moment.tsx'
import { ScrollBox } from '../../parts/scroll-box.tsx'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { complain } from '../../parts/toasts.tsx'
import { counted } from '../../wording/times.ts'
import { Until } from './until.tsx'
import { ReleaseDialog } from './curate-dialog.tsx'
import { decisions } from './lists-now.ts'
import { HELD_WORDS, percent } from './shown.ts'

type Shown = HeldPage | Refusal | 'loading' | undefined

const isPage = (shown: Shown): shown is HeldPage => typeof shown === 'object' && !(shown instanceof Refusal)

/** While the service still reads the topic, the page asks again after this time. */
const READING_MS = 2_000
/** A digest, in hexadecimal digits. */
const LONGEST_SHOWN = 64

export function Held() {
  const page = useSignal<Shown>(undefined)
  const kind = useSignal<HeldKind | undefined>(undefined)
  const load = async (cursor?: string): Promise<void> => {
    const asked = kind.peek()
    const before = page.peek()
    if (cursor === undefined && !isPage(before)) page.value = 'loading'
    const answer = await api.held({ ...(asked ? { kind: asked } : {}), ...(cursor ? { cursor } : {}) })
    if (asked !== kind.peek()) return
    if (answer instanceof Refusal && cursor !== undefined) complain(answer.text)
    else if (answer instanceof Refusal || cursor === undefined || !isPage(before)) page.value = answer
    else page.value = { ...answer, entries: [...before.entries, ...answer.entries] }
  }
  const shown = page.value
  const isReading = isPage(shown) && shown.readShare < 1
  useEffect(() => {
    if (!isReading) return undefined
    const timer = setTimeout(() => void load(), READING_MS)
    return () => clearTimeout(timer)
  }, [shown, isReading])
  // What was decided here shows once it is published.
  const published = decisions.value.value?.curations.filter(({ doneAt }) => doneAt).length ?? 0
  useEffect(() => {
    if (isPage(page.peek())) void load()
  }, [published])
  const choose = (next: HeldKind | undefined): void => {
    kind.value = next
    void load()
  }
  return (
    <section class="card flush" aria-labelledby="held-back">
      <div class="card-head">
        <h2 id="held-back">Held back</h2>
        {isPage(shown) && <p class="soft">{counted(shown.total, 'entry', 'entries')}</p>}
      </div>
      {shown === undefined && (
        <div class="foot">
          <p class="soft">
            Entries that no matcher searches, with their values. Looking at them is recorded.
          </p>
          <button type="button" class="button" onClick={() => void load()}>
            Look at them
          </button>
        </div>
      )}
      {shown !== undefined && <Kinds chosen={kind.value} onChoose={choose} />}
      {shown === 'loading' && <Skeleton lines={4} />}
      {shown instanceof Refusal && <Failed refusal={shown} retry={() => void load()} />}
      {isPage(shown) && <HeldEntries page={shown} onMore={(cursor) => void load(cursor)} />}
    </section>
  )
}

const Kinds = ({
  chosen,
  onChoose,
}: {
  chosen: HeldKind | undefined
  onChoose: (kind: HeldKind | undefined) => void
}) => (
  <div class="foot chips" role="group" aria-label="Why">
    <button
      type="button"
      class="chip"
      aria-pressed={chosen === undefined}
      onClick={() => onChoose(undefined)}
    >
      All
    </button>
    {HELD_KINDS.map((kind) => (
      <button
        key={kind}
        type="button"
        class="chip"
        aria-pressed={chosen === kind}
        onClick={() => onChoose(kind)}
      >
        {HELD_WORDS[kind].name}
      </button>
    ))}
  </div>
)

function HeldEntries({ page, onMore }: { page: HeldPage; onMore: (cursor: string) => void }) {
  const releasing = useSignal<HeldEntryView | undefined>(undefined)
  const { entries, next, readShare, isCut } = page
  return (
    <>
      {readShare < 1 && (
        <p class="foot soft" role="status">
          {percent(readShare)} of the topic of known hashes has been read: entries are still missing.
        </p>
      )}
      {isCut && (
        <p class="foot soft">
          There are more than can be shown here: <code>hashwarden hashset stats</code> counts them.
        </p>
      )}
      {entries.length === 0 && readShare === 1 && <p class="foot soft">None.</p>}
      {entries.length > 0 && (
        <ScrollBox label="Entries that are held back">
          <table class="stacked held">
            <thead>
              <tr>
                <th scope="col">Why</th>
                <th scope="col">List, id and class</th>
                <th scope="col">Value</th>
                <th scope="col">By whom</th>
                <th scope="col">Until</th>
                <th scope="col">
                  <span class="unseen">Action</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <HeldRow
                  key={`${entry.type}:${entry.value}:${entry.source}:${entry.sourceId}`}
                  entry={entry}
                  onRelease={() => (releasing.value = entry)}
                />
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
      {next !== undefined && (
        <p class="more">
          <button type="button" class="button" onClick={() => onMore(next)}>
            Show more
          </button>
        </p>
      )}
      {releasing.value && (
        <ReleaseDialog entry={releasing.value} onClose={() => (releasing.value = undefined)} />
      )}
    </>
  )
}

/** A touch or a key opens a long one. */
const Value = ({ value }: { value: string }) =>
  value.length <= LONGEST_SHOWN ? (
    <code class="hash-value">{value}</code>
  ) : (
    <details class="hash-value">
      <summary>{`${value.slice(0, 12)}…${value.slice(-6)}`}</summary>
      <code>{value}</code>
    </details>
  )

function HeldRow({ entry, onRelease }: { entry: HeldEntryView; onRelease: () => void }) {
  const { kind, source, sourceId, type, value, classification, until, by } = entry
  return (
    <tr>
      <td>
        <strong>{HELD_WORDS[kind].name}</strong>
        <span class="soft reason">{HELD_WORDS[kind].why}</span>
      </td>
      <td>
        {kind === 'suppressed' ? (
          <span class="soft">all lists</span>
        ) : (
          <>
            {source} <bdi class="soft">{sourceId === value ? 'no id' : sourceId}</bdi>
            <span class="soft reason">{`${classification.scheme}:${classification.code}`}</span>
          </>
        )}
      </td>
      <td class="of-value">
        <span class="soft">{type}</span> <Value value={value} />
      </td>
      <td>
        {by && (
          <>
            {by.person}, <Ago at={by.at} />
            <span class="soft reason">{by.reason}</span>
          </>
        )}
        {!by && (kind === 'disabled' || kind === 'suppressed') && (
          <span class="soft">not by a decision here</span>
        )}
      </td>
      <td class="of-until">{kind !== 'degenerate' && <Until until={until} />}</td>
      <td class="of-action">
        {kind !== 'degenerate' && (
          <button type="button" class="button small-button" onClick={onRelease}>
            {kind === 'suppressed' ? 'End…' : 'Release…'}
          </button>
        )}
      </td>
    </tr>
  )
}
