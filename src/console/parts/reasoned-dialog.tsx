// Asks for a reason, and where it fits for an end, before something is decided.
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { Dialog } from './dialog.tsx'
import { ReasonField, UntilField, untilOf } from './until-reason.tsx'

interface Said {
  readonly reason: string
  /** Absent: for good. */
  readonly until?: string
}

interface ReasonedProps {
  readonly title: string
  /** What comes of it. */
  readonly outcome: ComponentChildren
  readonly button: string
  /** Whether it may have an end. */
  readonly canEnd?: boolean
  /** The fields before these two. */
  readonly children?: ComponentChildren
  /** Whether it is done; if not, the person has been told why. */
  readonly onSend: (said: Said) => Promise<boolean>
  readonly onClose: () => void
}

export function ReasonedDialog({ title, outcome, button, canEnd, children, onSend, onClose }: ReasonedProps) {
  const reason = useSignal('')
  const until = useSignal('')
  const isSending = useSignal(false)
  const send = async (): Promise<void> => {
    isSending.value = true
    const isDone = await onSend({ reason: reason.value.trim(), ...untilOf(until.value) })
    isSending.value = false
    if (isDone) onClose()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="soft">{outcome}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        {children}
        {canEnd && <UntilField until={until} />}
        <ReasonField reason={reason} />
        <footer>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={isSending.value}>
            {button}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
