// A box that scrolls its content, also by keyboard.
import type { ComponentChildren } from 'preact'

interface ScrollBoxProps {
  readonly label: string
  readonly class?: string
  readonly children: ComponentChildren
}

export const ScrollBox = ({ label, class: kind = 'scroll-box', children }: ScrollBoxProps) => (
  // The arrow keys scroll only what has the focus, and nothing in a table of values can have it.
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  <div class={kind} role="region" aria-label={label} tabIndex={0}>
    {children}
  </div>
)
