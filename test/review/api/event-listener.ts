// A client of the stream of events, for tests.
import { eventually } from '../../fixtures/eventually.ts'

export interface EventListener extends AsyncDisposable {
  readonly status: number
  /** Everything that came until now. */
  readonly text: () => string
  /** Waits for this piece of text. */
  hears(piece: string): Promise<void>
  /** Waits for the end of the stream. */
  ends(): Promise<void>
}

export async function listen(url: string, cookie: string): Promise<EventListener> {
  const closed = new AbortController()
  const { status, body } = await fetch(new URL('/api/events', url), {
    headers: { cookie },
    signal: closed.signal,
  })
  let text = ''
  const reading = (async () => {
    for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece
  })()
  reading.catch(() => {})
  return {
    status,
    text: () => text,
    hears: (piece) => eventually(() => Promise.resolve(text.includes(piece))),
    ends: () => reading,
    [Symbol.asyncDispose]: async () => {
      closed.abort()
      await reading.catch(() => {})
    },
  }
}
