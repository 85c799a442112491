// Sends what a person has decided on entries, and says how it went.
import type { CurateBody } from '../../contract/review.ts'
import { api } from '../client/api.ts'
import { Refusal } from '../client/refusal.ts'
import { complain, say } from './toasts.tsx'

/** Whether it is stored: then it is published within a minute, whatever happens meanwhile. */
export async function curate(body: CurateBody, done: string): Promise<boolean> {
  const answer = await api.curate(body)
  if (answer instanceof Refusal) {
    complain(answer.text)
    return false
  }
  say(done)
  return true
}
