// A value of the server that a page shows: loading, there, or failed; asked for again when an event says so.
import { signal, type ReadonlySignal } from '@preact/signals'
import { Refusal } from './refusal.ts'

export interface Loaded<T> {
  /** The last value that came: it stays while the next one is on its way, and when that fails. */
  readonly value: ReadonlySignal<T | undefined>
  readonly refusal: ReadonlySignal<Refusal | undefined>
  readonly reload: () => Promise<T | undefined>
  /** Changes the value here, before the server's next answer. */
  readonly put: (value: T) => void
}

/** `load` is asked at each `reload`; of several at once only the newest answer counts. */
export function loaded<T>(load: () => Promise<T | Refusal>): Loaded<T> {
  const value = signal<T | undefined>(undefined)
  const refusal = signal<Refusal | undefined>(undefined)
  let newest = 0
  const reload = async (): Promise<T | undefined> => {
    const mine = ++newest
    const answer = await load()
    if (mine !== newest) return value.peek()
    if (answer instanceof Refusal) refusal.value = answer
    else {
      value.value = answer
      refusal.value = undefined
    }
    return value.peek()
  }
  const put = (changed: T): void => {
    newest++
    value.value = changed
  }
  return { value, refusal, reload, put }
}
