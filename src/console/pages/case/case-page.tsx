// A case: the evidence in the order in which a reviewer asks for it, and beside it the place to decide.
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { CaseView } from '../../../contract/review.ts'
import { onLive } from '../../client/live.ts'
import { mayDecideAt } from '../../client/session.ts'
import { announce } from '../../parts/announce.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { counted } from '../../wording/times.ts'
import { Afterwards } from './afterwards.tsx'
import { Bits } from './bits.tsx'
import { CaseHead } from './case-head.tsx'
import { CaseHits } from './case-hits.tsx'
import { DecidePanel } from './decide-panel.tsx'
import { History } from './history.tsx'
import { HowSure } from './how-sure.tsx'
import { LeaseNotice, useLeaseUpkeep } from './lease-notice.tsx'
import { PlatformSays } from './platform-says.tsx'
import { ReasonChain } from './reason-chain.tsx'
import { WhoseLists } from './whose-lists.tsx'
import { CaseWork } from './work.ts'

/** Loads the case, and again when an event names it. */
export function useCase(caseId: string): CaseWork {
  const work = useMemo(() => new CaseWork(caseId), [caseId])
  useEffect(() => {
    void work.load()
    return onLive((event) => {
      if (event.caseId !== caseId) return
      void reloadAloud(work)
    })
  }, [work, caseId])
  return work
}

async function reloadAloud(work: CaseWork): Promise<void> {
  const before = work.hits.peek().length
  await work.load()
  const more = work.hits.peek().length - before
  if (more > 0) announce(`${counted(more, 'more hit')} in this case`)
}

export function CasePage({ caseId }: { caseId: string }) {
  const work = useCase(caseId)
  useLeaseUpkeep(work)
  const view = work.view.value.value
  const refusal = work.view.refusal.value
  if (view) return <ShownCase work={work} view={view} />
  return (
    <>
      <header class="page-head">
        <h1 tabIndex={-1}>Case #{caseId}</h1>
      </header>
      {refusal ? <Failed refusal={refusal} retry={() => void work.load()} /> : <CaseSkeleton />}
    </>
  )
}

const CaseSkeleton = () => (
  <div class="case">
    <div class="evidence">
      <div class="card">
        <Skeleton lines={5} label="Loading the case" />
      </div>
      <div class="card">
        <Skeleton lines={3} />
      </div>
    </div>
    <aside class="rail">
      <Skeleton lines={6} />
    </aside>
  </div>
)

/** New evidence has reopened all hits of a decided case: they are in a later one. */
const NoHits = ({ view }: { view: CaseView }) => (
  <div class="evidence">
    <section class="card">
      <Empty title="This case has no hits any more">
        <p class="soft">
          New evidence came for them after they were decided. They wait in{' '}
          {view.later ? (
            <a href={`/cases/${view.later.caseId}`}>case #{view.later.caseId}</a>
          ) : (
            'a case that you may not see'
          )}
          .
        </p>
      </Empty>
    </section>
    <History view={view} />
  </div>
)

function ShownCase({ work, view }: { work: CaseWork; view: CaseView }) {
  const item = work.focused.value
  const isOpen = view.case.state !== 'decided' && mayDecideAt(view.case.stage)
  const rail = useRef<HTMLElement>(null)
  return (
    <>
      <CaseHead work={work} view={view} />
      <LeaseNotice work={work} view={view} />
      {!item && <NoHits view={view} />}
      {item && (
        <div class="case">
          <div class="evidence">
            {view.hits.length > 1 && (
              <p class="which soft">
                Evidence of{' '}
                <b>
                  hit {view.hits.indexOf(item) + 1} of {view.hits.length}
                </b>
                {work.focusedId.value === undefined && ', the strongest'}
              </p>
            )}
            <HowSure item={item} />
            <WhoseLists item={item} />
            <PlatformSays item={item} />
            <CaseHits work={work} />
            <Bits item={item} />
            <ReasonChain item={item} />
            <History view={view} item={item} />
          </div>
          {isOpen && work.canDecide.value && (
            <button
              type="button"
              class="button primary to-decide"
              onClick={() => rail.current?.scrollIntoView()}
            >
              Decide
            </button>
          )}
          <aside class="rail" aria-label="Decision" ref={rail}>
            {isOpen && <DecidePanel work={work} view={view} />}
            <Afterwards item={item} onDone={() => void work.load()} />
          </aside>
        </div>
      )}
    </>
  )
}
