// The lists page: where each list stands, what it holds, what lists share, and which entries are held back.
// vite makes a file of it that is loaded with this page's script.
// oxlint-disable-next-line import/no-unassigned-import
import '../../style/curating.css'
import { useSignal } from '@preact/signals'
import type { ListsView } from '../../../contract/review.ts'
import { mayI } from '../../client/session.ts'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { counted } from '../../wording/times.ts'
import { Contents } from './contents.tsx'
import { Decisions } from './decisions.tsx'
import { Held } from './held.tsx'
import { lists, useListsNow } from './lists-now.ts'
import { ListTable } from './list-table.tsx'
import { Origins } from './origins.tsx'
import { Overlap } from './overlap.tsx'
import { needing } from './shown.ts'
import { DisableNamedDialog, SuppressDialog } from './curate-dialog.tsx'

export function ListsPage() {
  useListsNow()
  const asking = useSignal<'disable' | 'suppress' | undefined>(undefined)
  const view = lists.value.value
  const refusal = lists.refusal.value
  const sources = view?.lists.map(({ source }) => source) ?? []
  return (
    <div class="curating">
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>Lists</h1>
          <p class="soft">{view ? headline(view) : 'Loading…'}</p>
        </div>
        {mayI('list.curate') && (
          <div class="head-actions">
            {sources.length > 0 && (
              <button type="button" class="button" onClick={() => (asking.value = 'disable')}>
                Disable an entry…
              </button>
            )}
            <button type="button" class="button" onClick={() => (asking.value = 'suppress')}>
              Suppress a value…
            </button>
          </div>
        )}
      </header>
      {!view && refusal && <Failed refusal={refusal} retry={() => void lists.reload()} />}
      {!view && !refusal && <Skeleton lines={6} />}
      {view && <Picture view={view} />}
      {asking.value === 'disable' && (
        <DisableNamedDialog sources={sources} onClose={() => (asking.value = undefined)} />
      )}
      {asking.value === 'suppress' && <SuppressDialog onClose={() => (asking.value = undefined)} />}
    </div>
  )
}

function headline(view: ListsView): string {
  if (view.lists.length === 0) return 'None yet.'
  const some = needing(view).length
  const all = counted(view.lists.length, 'list')
  return some === 0 ? `${all}; none needs you.` : `${all}; ${some} ${some === 1 ? 'needs' : 'need'} you.`
}

function Picture({ view }: { view: ListsView }) {
  const areCounted = view.lists.some(({ statistics }) => statistics)
  return (
    <div class="picture">
      {view.unseen && (
        <div class="banner warn">
          <p>{view.unseen.text}</p>
        </div>
      )}
      {view.lists.length === 0 ? (
        <section class="card">
          <Empty title="No list is known yet">
            <p class="soft">
              They show once <code>hashwarden hashset stats --publish</code> has counted them, or{' '}
              <code>hashwarden hashset sync</code> reads them.
            </p>
          </Empty>
        </section>
      ) : (
        <>
          <ListTable view={view} />
          {areCounted && (
            <>
              <Contents view={view} />
              {view.lists.length > 1 && <Overlap view={view} />}
              <Origins origins={view.origins} />
            </>
          )}
        </>
      )}
      {mayI('list.curate') && <Held />}
      {mayI('list.curate') && <Decisions />}
    </div>
  )
}
