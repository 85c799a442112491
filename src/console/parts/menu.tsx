// A small menu behind a button: arrows move, Escape closes, and a press outside closes, too.
import { createContext, type ComponentChildren } from 'preact'
import { useSignal } from '@preact/signals'
import { useCallback, useContext, useEffect, useRef } from 'preact/hooks'
import type { Action } from '../keyboard/actions.ts'
import { KeyHint } from './key-hint.tsx'

const Closing = createContext<() => void>(() => undefined)

/** Where a key leads from the item at `at`; undefined: it is no key of a menu. */
function nextPlace(key: string, at: number): number | undefined {
  if (key === 'ArrowDown') return at + 1
  if (key === 'ArrowUp') return at - 1
  if (key === 'Home') return 0
  return key === 'End' ? -1 : undefined
}

export function Menu({ label, children }: { label: string; children: ComponentChildren }) {
  const isOpen = useSignal(false)
  const whole = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const close = useCallback((): void => {
    isOpen.value = false
    button.current?.focus()
  }, [isOpen])
  const items = (): readonly HTMLElement[] => [
    ...(whole.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? []),
  ]
  useEffect(() => {
    if (!isOpen.value) return undefined
    items()[0]?.focus()
    const outside = (event: Event): void => {
      if (event.target instanceof Node && !whole.current?.contains(event.target)) isOpen.value = false
    }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [isOpen.value])
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isOpen.value) return
    const all = items()
    const at = all.findIndex((one) => one === document.activeElement)
    const to = nextPlace(event.key, at)
    if (event.key === 'Escape') close()
    else if (event.key === 'Tab') isOpen.value = false
    else if (to !== undefined) all.at(to % all.length)?.focus()
    else return
    if (event.key !== 'Tab') event.preventDefault()
  }
  return (
    <Closing.Provider value={close}>
      <div class="menu" ref={whole}>
        <button
          ref={button}
          type="button"
          class="button"
          aria-haspopup="menu"
          aria-expanded={isOpen.value}
          onClick={() => (isOpen.value = !isOpen.value)}
          onKeyDown={onKeyDown}
        >
          {label} <span aria-hidden="true">▾</span>
        </button>
        {isOpen.value && (
          <div role="menu" tabIndex={-1} aria-label={label} onKeyDown={onKeyDown}>
            {children}
          </div>
        )}
      </div>
    </Closing.Provider>
  )
}

interface MenuItemProps {
  readonly label: string
  readonly note?: string
  readonly action?: Action
  readonly onPress: () => void
}

export function MenuItem({ label, note, action, onPress }: MenuItemProps) {
  const close = useContext(Closing)
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      onClick={() => {
        close()
        onPress()
      }}
    >
      <span>
        {label} {note && <span class="soft">{note}</span>}
      </span>
      {action && <KeyHint action={action} />}
    </button>
  )
}
