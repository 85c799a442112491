// A supervisor takes an entry of a list out of matching, from the case that it made.
import { useSignal } from '@preact/signals'
import type { KnownEntry } from '../../../contract/hit.ts'
import { curate } from '../../parts/curate.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { ReasonField, UntilField, untilOf } from '../../parts/until-reason.tsx'

export function DisableEntry({ entry: { source, sourceId } }: { entry: KnownEntry }) {
  const isAsking = useSignal(false)
  return (
    <>
      <button type="button" class="button quiet small-button" onClick={() => (isAsking.value = true)}>
        Disable…
        <span class="unseen">
          {' '}
          the entry {sourceId} of {source}
        </span>
      </button>
      {isAsking.value && (
        <DisableDialog source={source} sourceId={sourceId} onClose={() => (isAsking.value = false)} />
      )}
    </>
  )
}

interface DisableProps {
  readonly source: string
  readonly sourceId: string
  readonly onClose: () => void
}

function DisableDialog({ source, sourceId, onClose }: DisableProps) {
  const until = useSignal('')
  const reason = useSignal('')
  const send = async (): Promise<void> => {
    const target = { source, sourceId }
    const body = { kind: 'disable', target, reason: reason.value.trim(), ...untilOf(until.value) } as const
    if (await curate(body, 'Decided: the entry matches nothing within a minute')) onClose()
  }
  return (
    <Dialog title="Disable this entry" onClose={onClose}>
      <p class="soft">
        No report matches what {source} has of this file from then on, by any of its hashes. Other lists that
        have it still do. Cases stay as they are. If {source} withdraws it and adds it again later, it matches
        again: only a suppressed value never does.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <UntilField until={until} />
        <ReasonField reason={reason} />
        <footer>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary">
            Disable it
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
