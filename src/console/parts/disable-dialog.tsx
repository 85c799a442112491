// Takes what one list has of one file out of matching.
import type { ComponentChildren } from 'preact'
import { curate } from './curate.ts'
import { ReasonedDialog } from './reasoned-dialog.tsx'

interface DisableProps {
  readonly source: string
  readonly sourceId: string
  /** The fields that name the entry, where no page has named it yet. */
  readonly children?: ComponentChildren
  readonly onClose: () => void
  readonly onDone?: () => void
}

export const DisableDialog = ({ source, sourceId, children, onClose, onDone }: DisableProps) => (
  <ReasonedDialog
    title={children === undefined ? 'Disable this entry' : 'Disable an entry'}
    outcome={`No report matches what ${source} has of this file from then on, by any of its hashes. Other lists that have it still do. Cases stay as they are. If ${source} withdraws it and adds it again later, it matches again: only a suppressed value never does.`}
    button="Disable it"
    canEnd
    onSend={async (said) => {
      const target = { source, sourceId }
      const isStored = await curate(
        { kind: 'disable', target, ...said },
        'Decided: the entry matches nothing within a minute',
      )
      if (isStored) onDone?.()
      return isStored
    }}
    onClose={onClose}
  >
    {children}
  </ReasonedDialog>
)
