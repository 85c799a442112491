// Key presses: which one acts, and what runs.
import { signal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { me } from '../client/session.ts'
import { actionsOf, keyOf, type Action } from './actions.ts'

/** The actions that the page has at the moment, the newest last. */
const handlers = new Map<Action, (() => void)[]>()

export const isHelpOpen = signal(false)

/** Runs `run` when the key of this action is pressed, while the component is there and `isOn`. */
export function useAction(action: Action, run: () => void, isOn = true): void {
  const newest = useRef(run)
  newest.current = run
  // With the page's change, not after it is painted: a key that is shown acts.
  useLayoutEffect(() => {
    if (!isOn) return undefined
    const handler = (): void => newest.current()
    handlers.set(action, [...(handlers.get(action) ?? []), handler])
    return () => {
      handlers.set(
        action,
        (handlers.get(action) ?? []).filter((one) => one !== handler),
      )
    }
  }, [action, isOn])
}

/** The key of an action as it is now, for the hint beside the button. */
export const currentKey = (action: Action): string | undefined => keyOf(action, me.value?.keys ?? {})

const takesText = (target: Element): boolean =>
  target.closest('textarea, select, [contenteditable]') !== null ||
  (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit'].includes(target.type))

/** Enter and Space are the element's own there. */
const hasOwnEnter = (target: Element): boolean =>
  target.closest('a[href], button, input, summary, [role="menuitem"]') !== null

function onKey(event: KeyboardEvent): void {
  // A key with Ctrl, Alt or Meta belongs to the browser or to assistive technology.
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return
  const target = event.target instanceof Element ? event.target : document.body
  if (takesText(target)) {
    if (event.key === 'Escape' && target instanceof HTMLElement && !target.closest('dialog')) target.blur()
    return
  }
  if (event.repeat && !['j', 'k'].includes(event.key)) return
  if (document.querySelector('dialog[open]')) return
  if (event.key === 'Enter' && hasOwnEnter(target)) return
  for (const action of actionsOf(event.key, me.peek()?.keys ?? {})) {
    const run = handlers.get(action)?.at(-1)
    if (!run) continue
    event.preventDefault()
    run()
    return
  }
}

export const startKeys = (): void => document.addEventListener('keydown', onKey)
