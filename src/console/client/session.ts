// Who is signed in, in this tab and in the others.
import { signal } from '@preact/signals'
import type { CaseRow, MeView } from '../../contract/review.ts'
import { api } from './api.ts'
import { isSignedOut } from './ask.ts'
import { startLive } from './live.ts'
import { Refusal } from './refusal.ts'

/** Undefined: unknown yet, or signed out. */
export const me = signal<MeView | undefined>(undefined)
/** Why it is unknown who is signed in. */
export const meRefusal = signal<Refusal | undefined>(undefined)

const channel = new BroadcastChannel('review-session')
channel.addEventListener('message', () => void loadMe())
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && isSignedOut.value) void loadMe()
})

export async function loadMe(): Promise<void> {
  const answer = await api.me()
  if (answer instanceof Refusal) {
    meRefusal.value = answer
    return
  }
  meRefusal.value = undefined
  isSignedOut.value = false
  me.value = answer
  startLive()
}

/** Tells the other tabs that somebody has signed in or out. */
export const tellTabs = (): void => channel.postMessage('changed')

const RIGHT_AT_STAGE = { first: 'case.work', second: 'case.second', supervisor: 'case.settle' } as const

/** Whether the person may decide on cases of this stage. */
export const mayDecideAt = (stage: CaseRow['stage']): boolean => mayI(RIGHT_AT_STAGE[stage])

export const mayI = (right: string): boolean => me.value?.rights.includes(right) ?? false
