// A page whose script is loaded when it is first shown, so that the first page stays small.
import type { ComponentType } from 'preact'
import { signal } from '@preact/signals'
import { OFFLINE } from '../client/refusal.ts'
import { Failed, Skeleton } from './states.tsx'

export interface Later<Props> {
  readonly Page: ComponentType<Props>
  /** Loads the script before it is needed. */
  readonly load: () => void
}

export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): Later<Props> {
  const shown = signal<{ readonly Page: ComponentType<Props> } | 'failed' | undefined>(undefined)
  let isAsked = false
  const ask = (): void => {
    if (isAsked) return
    isAsked = true
    load().then(
      (Page) => (shown.value = { Page }),
      () => {
        isAsked = false
        shown.value = 'failed'
      },
    )
  }
  const Page = (props: Props) => {
    ask()
    if (shown.value === 'failed') return <Failed refusal={OFFLINE} retry={ask} />
    if (!shown.value) return <Skeleton lines={4} />
    const { Page: Loaded } = shown.value
    return <Loaded {...props} />
  }
  return { Page, load: ask }
}
