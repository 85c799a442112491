// Signing in: by the organisation's identity provider; on a demonstration by picking a role.
import { useEffect, useMemo } from 'preact/hooks'
import type { Role } from '../../contract/review.ts'
import { api, type SignInWays } from '../client/api.ts'
import { loaded } from '../client/loaded.ts'
import { go } from '../client/place.ts'
import { Refusal } from '../client/refusal.ts'
import { loadMe, tellTabs } from '../client/session.ts'
import { BrandMark } from '../parts/brand-mark.tsx'
import { Failed, Skeleton } from '../parts/states.tsx'
import { complain } from '../parts/toasts.tsx'

const ROLE_WORDS: Readonly<Record<Role, readonly [string, string]>> = {
  reviewer: ['Reviewer', 'takes cases and decides'],
  'second-reviewer': ['Second reviewer', 'gives second opinions, too'],
  supervisor: ['Supervisor', 'assigns, settles, corrects'],
  operator: ['Operator', 'sees how much waits'],
  auditor: ['Auditor', 'reads the audit and verifies it'],
}

/** Where somebody wanted to go before they were asked to sign in. The server accepts paths of this site only. */
const wanted = (): string => (location.pathname.startsWith('/sign-in') ? '/' : location.pathname)

async function pick(role: Role): Promise<void> {
  const answer = await api.developmentSignIn(role)
  if (answer instanceof Refusal) {
    complain(answer.text)
    return
  }
  await loadMe()
  tellTabs()
  if (location.pathname.startsWith('/sign-in')) go('/')
}

export function SignInPage() {
  const ways = useMemo(() => loaded<SignInWays>(() => api.signInWays()), [])
  useEffect(() => void ways.reload(), [ways])
  const offered = ways.value.value
  return (
    <main class="sign-in" id="main">
      <div class="card">
        <BrandMark size={40} />
        <h1 tabIndex={-1}>hashwarden review</h1>
        <p class="soft">Hits are for people to decide. No media is ever shown here.</p>
        {ways.refusal.value && <Failed refusal={ways.refusal.value} retry={() => void ways.reload()} />}
        {!offered && !ways.refusal.value && <Skeleton lines={2} />}
        {offered?.oidc && (
          <a class="button primary wide" href={`/auth/start?return=${encodeURIComponent(wanted())}`}>
            Sign in with your organisation
          </a>
        )}
        {offered && offered.development.length > 0 && (
          <>
            <p class="soft small">A demonstration on this machine: sign in as</p>
            <div class="roles">
              {offered.development.map((role) => (
                <button key={role} type="button" class="button role" onClick={() => void pick(role)}>
                  <b>{ROLE_WORDS[role][0]}</b>
                  <span class="soft">{ROLE_WORDS[role][1]}</span>
                </button>
              ))}
            </div>
          </>
        )}
      </div>
    </main>
  )
}
