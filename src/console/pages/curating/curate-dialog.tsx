// Releasing an entry, and suppressing a value, with the reason that the audit keeps.
import { useSignal } from '@preact/signals'
import type { CurateBody, HeldEntryView } from '../../../contract/review.ts'
import { curate } from '../../parts/curate.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { ReasonField, UntilField, untilOf } from '../../parts/until-reason.tsx'
import { HASH_NAMES } from '../../wording/report.ts'
import { decisions } from './lists-now.ts'

interface ReleaseProps {
  readonly entry: HeldEntryView
  readonly onClose: () => void
}

export function ReleaseDialog({ entry, onClose }: ReleaseProps) {
  const reason = useSignal('')
  const { kind, type, value, source, sourceId } = entry
  const isSuppression = kind === 'suppressed'
  const send = async (): Promise<void> => {
    const why = { reason: reason.value.trim() }
    const body: CurateBody = isSuppression
      ? { kind: 'unsuppress', target: { type, value }, ...why }
      : { kind: 'enable', target: { type, value, source, sourceId }, ...why }
    if (!(await curate(body, 'Decided: matchers search it within a minute'))) return
    onClose()
    await decisions.reload()
  }
  return (
    <Dialog title={isSuppression ? 'End this suppression' : 'Release this entry'} onClose={onClose}>
      <p class="soft">
        {isSuppression
          ? 'Lists that have the value match it again.'
          : 'Matchers search it again, and look back for it in the reports that are still there.'}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <ReasonField reason={reason} />
        <footer>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary">
            {isSuppression ? 'End it' : 'Release it'}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

type HashType = keyof typeof HASH_NAMES

export function SuppressDialog({ onClose }: { onClose: () => void }) {
  const type = useSignal<HashType>('pdq')
  const value = useSignal('')
  const until = useSignal('')
  const reason = useSignal('')
  const send = async (): Promise<void> => {
    const target = { type: type.value, value: value.value.trim() }
    const body = { kind: 'suppress', target, reason: reason.value.trim(), ...untilOf(until.value) } as const
    if (!(await curate(body, 'Decided: no list matches the value within a minute'))) return
    onClose()
    await decisions.reload()
  }
  return (
    <Dialog title="Suppress a value" onClose={onClose}>
      <p class="soft">
        For a file that is known to be harmless. No list matches this value then, now or later: it is silenced
        in all lists that have it, also in those that this page does not name. See first which lists these
        are, and in which class: `hashwarden hashset show`. The entries stay as they are.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <div class="typed-value">
          <label class="field">
            <span>Type</span>
            {/* The options are the names of all types. */}
            <select
              value={type.value}
              onChange={(event) => (type.value = event.currentTarget.value as HashType)}
            >
              {Object.entries(HASH_NAMES).map(([name, words]) => (
                <option key={name} value={name}>
                  {words}
                </option>
              ))}
            </select>
          </label>
          <label class="field grow">
            <span>Value, in hexadecimal digits</span>
            <input
              class="mono"
              value={value.value}
              required
              maxLength={64}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => (value.value = event.currentTarget.value)}
            />
          </label>
        </div>
        <UntilField until={until} />
        <ReasonField reason={reason} />
        <footer>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary">
            Suppress it
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
