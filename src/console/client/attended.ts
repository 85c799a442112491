// Whether a person is at the page. A session ends when no person has done anything for a while, so requests that the page
// makes by itself (an event came, a time was up) say so and do not keep it.
import { signal } from '@preact/signals'

/** A request belongs to a key press or a move of the pointer at most this long before it. */
const FRESH_MS = 10_000
/** How often other tabs hear that a person is here. */
const TELL_EVERY_MS = 10_000

/** When the server last heard of a person in any tab, by the server's clock. Undefined: not yet. */
export const attendedAtMs = signal<number | undefined>(undefined)

// Somebody has opened the page.
let actedAtMs = Date.now()
const act = (): void => void (actedAtMs = Date.now())
for (const event of ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const)
  document.addEventListener(event, act, { capture: true, passive: true })

export const isAttended = (): boolean => Date.now() - actedAtMs < FRESH_MS

const channel = new BroadcastChannel('review-attended')
channel.addEventListener('message', ({ data }: MessageEvent<number>) => note(data))
let toldAtMs = -Infinity

/** The server has answered a person's request. */
export function noteAttended(atMs: number): void {
  note(atMs)
  if (atMs - toldAtMs < TELL_EVERY_MS) return
  toldAtMs = atMs
  channel.postMessage(atMs)
}

function note(atMs: number): void {
  attendedAtMs.value = Math.max(attendedAtMs.peek() ?? 0, atMs)
}
