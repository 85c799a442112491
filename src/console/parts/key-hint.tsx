// The key beside an action. It is not part of the button's name: aria-keyshortcuts says it to assistive technology.
import { currentKey } from '../keyboard/press.ts'
import type { Action } from '../keyboard/actions.ts'

const SHOWN: Readonly<Record<string, string>> = { Enter: '↵', ' ': 'Space', ArrowUp: '↑', ArrowDown: '↓' }

export const shownKey = (key: string): string => SHOWN[key] ?? key.toUpperCase()

export function KeyHint({ action }: { action: Action }) {
  const key = currentKey(action)
  return key === undefined ? null : <kbd aria-hidden="true">{shownKey(key)}</kbd>
}

interface ActionButtonProps {
  readonly action: Action
  readonly label: string
  readonly onPress: () => void
  readonly class?: string
  readonly disabled?: boolean
}

/** A button with its key. */
export function ActionButton({
  action,
  label,
  onPress,
  class: kind = '',
  disabled = false,
}: ActionButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind}`}
      disabled={disabled}
      aria-keyshortcuts={currentKey(action)}
      onClick={onPress}
    >
      <span>{label}</span>
      <KeyHint action={action} />
    </button>
  )
}
