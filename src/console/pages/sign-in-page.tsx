// Signing in: by the organisation's identity provider; on a demonstration by picking a role.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { Role, SignInOptions, SignInRefusal } from '../../contract/review.ts'
import { api } from '../client/api.ts'
import { loaded } from '../client/loaded.ts'
import { go } from '../client/place.ts'
import { Refusal } from '../client/refusal.ts'
import { loadMe, tellTabs } from '../client/session.ts'
import { BrandMark } from '../parts/brand-mark.tsx'
import { Failed, Skeleton } from '../parts/states.tsx'
import { complain, Toasts } from '../parts/toasts.tsx'
import { REFUSED_WORDS, ROLE_WORDS } from '../wording/sign-in.ts'

/** Where somebody wanted to go before they were asked to sign in. The server accepts paths of this site only. */
const wanted = (): string => (location.pathname.startsWith('/sign-in') ? '/' : location.pathname)

/** Why the provider's sign-in ended here again. */
function refusedWords(): string | undefined {
  const code = new URLSearchParams(location.search).get('refused')
  // Checked by the line itself.
  return code !== null && Object.hasOwn(REFUSED_WORDS, code)
    ? REFUSED_WORDS[code as SignInRefusal]
    : undefined
}

async function pick(role: Role, name: string): Promise<void> {
  const sample = `Sample ${ROLE_WORDS[role][0].toLowerCase()}`
  const answer = await api.developmentSignIn(name.trim() || sample, role)
  if (answer instanceof Refusal) {
    complain(answer.text)
    return
  }
  await loadMe()
  tellTabs()
  if (location.pathname.startsWith('/sign-in')) go('/')
}

export function SignInPage() {
  const ways = useMemo(() => loaded<SignInOptions>(() => api.signInOptions()), [])
  const refused = refusedWords()
  useEffect(() => void ways.reload(), [ways])
  const offered = ways.value.value
  return (
    <main class="sign-in" id="main">
      <div class="card">
        <BrandMark size={40} />
        <h1 tabIndex={-1}>hashwarden review</h1>
        <p class="soft">Hits are for people to decide. No media is ever shown here.</p>
        {refused !== undefined && (
          <p class="warning" role="alert">
            {refused}
          </p>
        )}
        {ways.refusal.value && <Failed refusal={ways.refusal.value} retry={() => void ways.reload()} />}
        {!offered && !ways.refusal.value && <Skeleton lines={2} />}
        {offered?.provider && (
          <a class="button primary wide" href={`/sign-in/provider?return=${encodeURIComponent(wanted())}`}>
            Sign in with your organisation
          </a>
        )}
        {offered && offered.development.length > 0 && <Development roles={offered.development} />}
      </div>
      <Toasts />
    </main>
  )
}

/** On a demonstration: a role by one press, under a name of one's own if there are several people. */
function Development({ roles }: { roles: readonly Role[] }) {
  const name = useSignal('')
  return (
    <>
      <p class="soft small">A demonstration on this machine. Sign in as</p>
      <div class="roles">
        {roles.map((role) => (
          <button key={role} type="button" class="button role" onClick={() => void pick(role, name.value)}>
            <b>{ROLE_WORDS[role][0]}</b>
            <span class="soft">{ROLE_WORDS[role][1]}</span>
          </button>
        ))}
      </div>
      <label class="field">
        <span>under another name (optional)</span>
        <input
          value={name.value}
          maxLength={60}
          autocomplete="off"
          onInput={(event) => (name.value = event.currentTarget.value)}
        />
      </label>
    </>
  )
}
