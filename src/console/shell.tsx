// The frame around every page: the way to the others, who is signed in, and the states of the whole (offline, signed out).
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { api } from './client/api.ts'
import { isOnline, isSignedOut } from './client/ask.ts'
import { go, place } from './client/place.ts'
import { Refusal } from './client/refusal.ts'
import { loadMe, me, mayI, tellTabs } from './client/session.ts'
import { KeysHelp } from './keyboard/keys-help.tsx'
import { isHelpOpen, useAction } from './keyboard/press.ts'
import type { Action } from './keyboard/actions.ts'
import { LiveRegions, alarm } from './parts/announce.tsx'
import { BrandMark } from './parts/brand-mark.tsx'
import { Dialog } from './parts/dialog.tsx'
import { KeyHint } from './parts/key-hint.tsx'
import { SessionBanner } from './parts/session-banner.tsx'
import { complain, Toasts } from './parts/toasts.tsx'

/** How often an unreachable server is tried. */
const RETRY_MS = 5_000

export function Shell({ children }: { children: ComponentChildren }) {
  useAction('help', () => (isHelpOpen.value = true))
  useAction('go-queue', () => go('/'))
  useAction('search', () => go('/search'), mayI('search'))
  return (
    <div class="shell">
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      <SideBar />
      <main id="main" tabIndex={-1}>
        <OfflineBanner />
        <SessionBanner />
        {children}
      </main>
      <Toasts />
      <LiveRegions />
      {isHelpOpen.value && <KeysHelp />}
      {isSignedOut.value && <SignedOut />}
    </div>
  )
}

interface WayProps {
  readonly to: string
  readonly name: string
  readonly icon: string
  readonly action?: Action
}

function Way({ to, name, icon, action }: WayProps) {
  const { path } = place.value
  const isHere = to === '/' ? path === '/' || path.startsWith('/cases/') : path === to
  return (
    <li>
      <a href={to} aria-current={isHere ? 'page' : undefined}>
        <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
          <path d={icon} />
        </svg>
        <span>{name}</span>
        {action && <KeyHint action={action} />}
      </a>
    </li>
  )
}

const SideBar = () => (
  <header class="side">
    <p class="brand">
      <BrandMark />
      <span>hashwarden</span>
    </p>
    <nav aria-label="Pages">
      <ul>
        <Way to="/" name="Queue" icon="M3 4.5h12M3 9h12M3 13.5h7" action="go-queue" />
        {mayI('search') && (
          <Way
            to="/search"
            name="Search"
            icon="M8 3.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9M11.5 11.5l3.5 3.5"
            action="search"
          />
        )}
        {mayI('entry.read') && (
          <Way to="/entries" name="Known entry" icon="M3.5 4h11v10h-11zM3.5 7.5h11M7 7.5V14" />
        )}
        {mayI('list.read') && (
          <Way to="/lists" name="Lists" icon="M3 4.5h1M7 4.5h8M3 9h1M7 9h8M3 13.5h1M7 13.5h8" />
        )}
        {mayI('audit.read') && (
          <Way
            to="/audit"
            name="Audit"
            icon="M9 2.5l5.5 2v4c0 3.5-2.5 5.7-5.5 7-3-1.3-5.5-3.5-5.5-7v-4zM6.5 9l2 2 3.2-3.8"
          />
        )}
        {mayI('fleet.read') && <Way to="/operations" name="Operations" icon="M2.5 10.5h3l2-6 3 9 2-5.5h3" />}
      </ul>
    </nav>
    <div class="who">
      <button type="button" class="button quiet" onClick={() => (isHelpOpen.value = true)}>
        <span>Keys</span> <KeyHint action="help" />
      </button>
      <p>
        <b>{me.value?.name}</b>
        <span class="soft">
          {me.value?.roles.join(', ')}
          {me.value?.isDevelopment && ' (demonstration)'}
        </span>
      </p>
      <button type="button" class="button quiet" onClick={() => void signOut()}>
        Sign out
      </button>
    </div>
  </header>
)

async function signOut(): Promise<void> {
  const answer = await api.signOut()
  if (answer instanceof Refusal && answer.status !== 401) {
    complain(answer.text)
    return
  }
  tellTabs()
  // A fresh page: nothing of the session stays in memory. Where the provider has a session of its own, it ends it first.
  const next = answer instanceof Refusal ? undefined : answer.next
  location.assign(next ?? '/sign-in')
}

function OfflineBanner() {
  useEffect(() => {
    if (isOnline.value) return undefined
    alarm('The server cannot be reached. What you typed is kept.')
    const timer = setInterval(() => void loadMe(), RETRY_MS)
    return () => clearInterval(timer)
  }, [isOnline.value])
  return isOnline.value ? null : (
    <div class="banner warn">
      <p>
        <strong>The server cannot be reached.</strong> What you see may be old; what you typed is kept. Trying
        again every 5 s.
      </p>
    </div>
  )
}

/** The session has ended while a page was open: what was typed stays, and signing in elsewhere brings it back. */
const SignedOut = () => (
  <Dialog title="You are signed out" onClose={() => void loadMe()}>
    <p>
      Sign in again in a new tab. This page then goes on where it was,{' '}
      <strong>with all that you typed.</strong>
    </p>
    <footer>
      <a class="button primary" href="/sign-in" target="_blank" rel="opener">
        Sign in again
      </a>
    </footer>
  </Dialog>
)
