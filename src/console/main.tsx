// The console's beginning: who is signed in, which page, and where the focus goes when the page changes.
import { render } from 'preact'
import { effect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { isSignedOut } from './client/ask.ts'
import { go, place } from './client/place.ts'
import { loadMe, mayI, me, meRefusal, tellTabs } from './client/session.ts'
import { startKeys } from './keyboard/press.ts'
import { announce } from './parts/announce.tsx'
import { later } from './parts/later.tsx'
import { Empty, Failed, Skeleton } from './parts/states.tsx'
import { QueuePage } from './pages/queue-page.tsx'
import { SignInPage } from './pages/sign-in-page.tsx'
import { Shell } from './shell.tsx'

const casePage = later(async () => (await import('./pages/case/case-page.tsx')).CasePage)
const printPage = later(async () => (await import('./pages/case/print-page.tsx')).PrintPage)
const entryPage = later(async () => (await import('./pages/entry-page.tsx')).EntryPage)
const searchPage = later(async () => (await import('./pages/search-page.tsx')).SearchPage)
const auditPage = later(async () => (await import('./pages/audit-page.tsx')).AuditPage)

const operationsPage = later(
  async () => (await import('./pages/operating/operations-page.tsx')).OperationsPage,
)

const listsPage = later(async () => (await import('./pages/curating/lists-page.tsx')).ListsPage)

const CASE = /^\/cases\/([1-9]\d{0,18})(\/print)?$/

function page(path: string, state: unknown): { title: string; content: preact.JSX.Element } {
  const [, caseId, isPrint] = CASE.exec(path) ?? []
  if (caseId !== undefined && isPrint)
    return { title: `Case ${caseId}`, content: <printPage.Page caseId={caseId} /> }
  if (caseId !== undefined)
    return { title: `Case ${caseId}`, content: <casePage.Page key={caseId} caseId={caseId} /> }
  if (path === '/search') return { title: 'Search', content: <searchPage.Page /> }
  if (path === '/entries') return { title: 'Known entry', content: <entryPage.Page state={state} /> }
  if (path === '/audit') return { title: 'Audit', content: <auditPage.Page /> }
  if (path === '/operations' && mayI('fleet.read'))
    return { title: 'Operations', content: <operationsPage.Page /> }
  if (path === '/lists' && mayI('list.read')) return { title: 'Lists', content: <listsPage.Page /> }
  if (path === '/' || path === '/signed-in') return { title: 'Queue', content: <QueuePage /> }
  return { title: 'Not found', content: <NotFound /> }
}

const NotFound = () => (
  <>
    <h1 class="unseen" tabIndex={-1}>
      Not found
    </h1>
    <Empty title="There is no such page">
      <a href="/">To the queue</a>
    </Empty>
  </>
)

/** After a change of page the focus is at its heading, and its title is read out. */
function usePageChange(title: string, path: string): void {
  useEffect(() => {
    document.title = `${title} · hashwarden review`
    announce(title)
    if (!document.querySelector('dialog[open]') && !isTyping())
      document.querySelector<HTMLElement>('h1')?.focus()
  }, [title, path])
}

const isTyping = (): boolean => document.activeElement?.matches('input, textarea, select') ?? false

function Console() {
  const { path, state } = place.value
  const { title, content } = page(path, state)
  usePageChange(title, path)
  if (path === '/sign-in' || (!me.value && isSignedOut.value)) return <SignInPage />
  if (!me.value)
    return (
      <main class="starting" id="main">
        {meRefusal.value ? (
          <Failed refusal={meRefusal.value} retry={() => void loadMe()} />
        ) : (
          <Skeleton lines={3} />
        )}
      </main>
    )
  return <Shell>{content}</Shell>
}

/** Who may see no case begins with the page that is theirs. The queue stays a link away. */
function land(): void {
  if (place.peek().path === '/' && mayI('fleet.read') && !mayI('case.read')) go('/operations')
}

const root = document.getElementById('console')
if (root) {
  startKeys()
  void loadMe().then(land).then(tellTabs)
  // The next page is a case: its script comes while the queue is read.
  effect(() => {
    if (mayI('case.read')) requestIdleCallback(casePage.load)
  })
  render(<Console />, root)
}
