// Events of the server. A browser holds at most six connections to one host, so one tab, the leader, holds the stream
// and passes events on to the others; when it closes, another one leads.
import type { ReviewEvent } from '../../contract/review.ts'

type Listener = (event: ReviewEvent) => void

const listeners = new Set<Listener>()
const channel = new BroadcastChannel('review-events')
channel.addEventListener('message', ({ data }: MessageEvent<ReviewEvent>) => tell(data))

function tell(event: ReviewEvent): void {
  for (const listener of listeners) listener(event)
}

/** Calls `listener` for each event until the returned function is called. */
export function onLive(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

let isStarted = false
/** Takes part in the tabs' election. Called once somebody is signed in. */
export function startLive(): void {
  if (isStarted) return
  isStarted = true
  void navigator.locks.request('review-events', () => new Promise<never>(lead))
}

function lead(): void {
  const stream = new EventSource('/api/events')
  let isFirst = true
  stream.addEventListener('open', () => {
    // What happened while the stream was away is unknown: every tab asks again.
    if (!isFirst) pass({ event: 'queue' })
    isFirst = false
  })
  stream.addEventListener('message', ({ data }: MessageEvent<string>) =>
    pass(JSON.parse(data) as ReviewEvent),
  )
  stream.addEventListener('error', () => {
    // EventSource gives up after an answer that is an error (say, signed out).
    if (stream.readyState === EventSource.CLOSED) setTimeout(lead, 5_000)
  })
}

function pass(event: ReviewEvent): void {
  channel.postMessage(event)
  tell(event)
}
