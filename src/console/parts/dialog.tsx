// A modal dialog: the browser's own, which keeps the focus in it and gives it back.
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { complaint, hush } from './toasts.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
  readonly class?: string
}

export function Dialog({ title, onClose, children, class: kind = '' }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const opened = dialog.current
    const before = document.activeElement
    hush()
    opened?.showModal()
    // The button that closes comes first in the text, but is not what somebody opened the dialog for.
    opened?.querySelector<HTMLElement>('form input, form select, form textarea, .choices button')?.focus()
    return () => {
      opened?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      class={`dialog ${kind}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <header>
        <h2 id={heading}>{title}</h2>
        <button type="button" class="button quiet" onClick={onClose}>
          Close <kbd aria-hidden="true">Esc</kbd>
        </button>
      </header>
      {complaint.value !== undefined && <p class="warning">{complaint}</p>}
      {children}
    </dialog>
  )
}
