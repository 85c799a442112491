// One request to the review service, and what each answer says besides itself: online or not, signed in or not, and
// the server's time.
import { signal } from '@preact/signals'
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

/** The same, for an answer that is a file. */
export async function askForFile(
  path: string,
  body: object,
): Promise<{ name: string; blob: Blob } | Refusal> {
  const response = await send('POST', path, body)
  if (response instanceof Refusal) return response
  const name = /filename="?([^";]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1]
  return { name: name ?? 'export.json', blob: await response.blob() }
}

async function send(method: string, path: string, body: object | undefined): Promise<Response | Refusal> {
  try {
    const response = await fetch(path, {
      method,
      headers: body
        ? { 'content-type': 'application/json', accept: 'application/json' }
        : { accept: 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    isOnline.value = true
    const date = Date.parse(response.headers.get('date') ?? '')
    if (Number.isFinite(date) && Math.abs(date - Date.now()) > 2_000) clockSkewMs.value = date - Date.now()
    if (response.status === 401) isSignedOut.value = true
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
