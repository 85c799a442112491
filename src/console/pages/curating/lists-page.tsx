// The lists page: where each list stands, what it holds, what lists share, and which entries are held back.
// vite makes a file of it that is loaded with this page's script.
// oxlint-disable-next-line import/no-unassigned-import
import '../../style/curating.css'
import { useSignal } from '@preact/signals'
import type { ListsView } from '../../../contract/review.ts'
import { mayI } from '../../client/session.ts'
import { Ago } from '../../parts/moment.tsx'
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
import { SuppressDialog } from './curate-dialog.tsx'

export function ListsPage() {
  useListsNow()
  const isSuppressing = useSignal(false)
  const view = lists.value.value
  const refusal = lists.refusal.value
  return (
    <div class="curating">
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>Lists</h1>
          <p class="soft">{view ? headline(view) : 'Loading…'}</p>
        </div>
        {mayI('list.curate') && (
          <button type="button" class="button" onClick={() => (isSuppressing.value = true)}>
            Suppress a value…
          </button>
        )}
      </header>
      {!view && refusal && <Failed refusal={refusal} retry={() => void lists.reload()} />}
      {!view && !refusal && <Skeleton lines={6} />}
      {view && <Picture view={view} />}
      {isSuppressing.value && <SuppressDialog onClose={() => (isSuppressing.value = false)} />}
    </div>
  )
}

function headline(view: ListsView): string {
  const some = needing(view).length
  const all = counted(view.lists.length, 'list')
  return some === 0 ? `${all}; none needs you.` : `${all}; ${some} ${some === 1 ? 'needs' : 'need'} you.`
}

function Picture({ view }: { view: ListsView }) {
  const countedAt = view.lists
    .map(({ statistics }) => statistics?.asOf ?? '')
    .toSorted()
    .at(-1)
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
              Lists show once `hashwarden hashset stats --publish` has counted them, or `hashwarden hashset
              sync` runs.
            </p>
          </Empty>
        </section>
      ) : (
        <>
          <ListTable view={view} />
          {countedAt && (
            <>
              <Contents view={view} />
              {view.lists.length > 1 && <Overlap view={view} />}
              <Origins origins={view.origins} />
              <p class="soft small">
                Counted <Ago at={countedAt} />.
              </p>
            </>
          )}
        </>
      )}
      {mayI('list.curate') && <Held />}
      {mayI('list.curate') && <Decisions />}
    </div>
  )
}
