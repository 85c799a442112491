// A supervisor takes an entry of a list out of matching, from the case that it made.
import { useSignal } from '@preact/signals'
import type { KnownEntry } from '../../../contract/hit.ts'
import { DisableDialog } from '../../parts/disable-dialog.tsx'

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
