// Taking the next case of a queue: from the queue, and after each decision.
import { signal } from '@preact/signals'
import { api } from '../client/api.ts'
import { go } from '../client/place.ts'
import { Refusal } from '../client/refusal.ts'
import { complain, say } from '../parts/toasts.tsx'

/** The queue that this tab works in; undefined: all of the person's queues. */
export const workingQueue = signal<string | undefined>(undefined)
export const isTaking = signal(false)

/** Leases the next case and shows it. Without one it shows the queue and says so. */
export async function takeNext(): Promise<void> {
  if (isTaking.peek()) return
  isTaking.value = true
  const lease = await api.leaseNext(workingQueue.peek())
  isTaking.value = false
  if (lease instanceof Refusal) {
    complain(lease.text)
    return
  }
  if (lease) go(`/cases/${lease.caseId}`)
  else {
    say('No case waits. New ones appear here by themselves.')
    go('/')
  }
}
