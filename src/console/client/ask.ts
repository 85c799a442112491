// One request to the review service, and what each answer says besides itself: online or not, signed in or not, and
// the server's time.
import { signal } from '@preact/signals'
import { isAttended, noteAttended } from './attended.ts'
import { OFFLINE, Refusal } from './refusal.ts'

/** Whether the last request reached the server. */
export const isOnline = signal(true)
/** Whether the last answer said that the session has ended. */
export const isSignedOut = signal(false)
/** The server's clock less this machine's, in milliseconds. The answers' Date has whole seconds. */
export const clockSkewMs = signal(0)

/** Asks, and gives the answer's JSON (undefined for none), or why there is none. */
export async function ask<T>(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<T | Refusal> {
  const response = await send(method, path, body)
  if (response instanceof Refusal) return response
  if (response.status === 204) return undefined as T
  // The server checks its answers against the schemas that T is made of.
  return await response.json().then(
    (value) => value as T,
    () => OFFLINE,
  )
}

/** The same, for an answer that is saved as a file. */
export async function askForFile(path: string, body: object): Promise<Blob | Refusal> {
  const response = await send('POST', path, body)
  return response instanceof Refusal ? response : await response.blob().catch(() => OFFLINE)
}

async function send(method: string, path: string, body: object | undefined): Promise<Response | Refusal> {
  const isPersons = isAttended()
  try {
    const response = await fetch(path, {
      method,
      headers: {
        accept: 'application/json',
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(isPersons ? {} : { 'hashwarden-unattended': '1' }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    isOnline.value = true
    const date = Date.parse(response.headers.get('date') ?? '')
    if (Number.isFinite(date)) clockSkewMs.value = Math.abs(date - Date.now()) > 2_000 ? date - Date.now() : 0
    if (response.status === 401) isSignedOut.value = true
    else if (isPersons) noteAttended(Date.now() + clockSkewMs.peek())
    return response.ok ? response : await refusalOf(response)
  } catch {
    isOnline.value = false
    return OFFLINE
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Refusal>
  return new Refusal({
    code: problem.code ?? 'unexpected',
    title: problem.title ?? `The server answered ${response.status}`,
    status: response.status,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
  })
}
