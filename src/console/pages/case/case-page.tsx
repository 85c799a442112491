// A case: the evidence in the order in which a reviewer asks for it, and beside it the place to decide.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { CaseHit, CaseView } from '../../../contract/review.ts'
import { onLive } from '../../client/live.ts'
import { mayDecideAt } from '../../client/session.ts'
import { announce } from '../../parts/announce.tsx'
import { ActionButton } from '../../parts/key-hint.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { count, counted } from '../../wording/times.ts'
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

/** Whether any of an element is in the window. */
function useIsSeen(element: { current: HTMLElement | null }): boolean {
  const isSeen = useSignal(false)
  useEffect(() => {
    if (!element.current) return undefined
    const observer = new IntersectionObserver(([entry]) => (isSeen.value = entry?.isIntersecting ?? false))
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element.current])
  return isSeen.value
}

/** Whose evidence is shown, with the way to the others for those who have no keyboard. */
function WhichHit({ work, item }: { work: CaseWork; item: CaseHit }) {
  const all = work.hits.value
  const at = all.indexOf(item)
  return (
    <p class="which soft">
      <span role="status">
        Evidence of{' '}
        <b>
          hit {count(at + 1)} of {count(all.length)}
        </b>
        {at === 0 && all.every(({ isWaiting }) => isWaiting) && ', the strongest'}
      </span>
      {work.selected.value.has(item.hit.hitId) && <span class="tag mine">✓ Selected</span>}
      <ActionButton action="hit-up" label="Previous" disabled={at === 0} onPress={() => work.step(-1)} />
      <ActionButton
        action="hit-down"
        label="Next"
        disabled={at === all.length - 1}
        onPress={() => work.step(1)}
      />
    </p>
  )
}

function ShownCase({ work, view }: { work: CaseWork; view: CaseView }) {
  const item = work.focused.value
  const isOpen = view.case.state !== 'decided' && mayDecideAt(view.case.stage)
  const rail = useRef<HTMLElement>(null)
  const isRailSeen = useIsSeen(rail)
  return (
    <>
      <CaseHead work={work} view={view} />
      <LeaseNotice work={work} view={view} />
      {!item && <NoHits view={view} />}
      {item && (
        <div class="case">
          <div class="evidence">
            {view.hits.length > 1 && <WhichHit work={work} item={item} />}
            <HowSure item={item} />
            <WhoseLists item={item} />
            <PlatformSays item={item} />
            <CaseHits work={work} />
            <Bits item={item} />
            <ReasonChain item={item} />
            <History view={view} item={item} />
          </div>
          {isOpen && work.canDecide.value && !isRailSeen && (
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
