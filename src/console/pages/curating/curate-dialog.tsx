// Disabling an entry, releasing one, and suppressing a value, with the reason that the audit keeps.
import { useSignal } from '@preact/signals'
import type { CurateBody, HeldEntryView } from '../../../contract/review.ts'
import { curate } from '../../parts/curate.ts'
import { DisableDialog } from '../../parts/disable-dialog.tsx'
import { ReasonedDialog } from '../../parts/reasoned-dialog.tsx'
import { HASH_NAMES } from '../../wording/report.ts'
import { decisions } from './lists-now.ts'

/** Whether it is stored. */
async function decide(body: CurateBody, done: string): Promise<boolean> {
  const isStored = await curate(body, done)
  if (isStored) void decisions.reload()
  return isStored
}

interface ReleaseProps {
  readonly entry: HeldEntryView
  readonly onClose: () => void
}

export function ReleaseDialog({ entry, onClose }: ReleaseProps) {
  const { kind, type, value, source, sourceId } = entry
  const done = 'Decided: matchers search it within a minute'
  if (kind === 'suppressed')
    return (
      <ReasonedDialog
        title="End this suppression"
        outcome="Lists that have the value match it again."
        button="End it"
        onSend={({ reason }) => decide({ kind: 'unsuppress', target: { type, value }, reason }, done)}
        onClose={onClose}
      />
    )
  return (
    <ReasonedDialog
      title="Release this entry"
      outcome="Matchers search it again, and look back for it in the reports that are still there."
      button="Release it"
      onSend={({ reason }) =>
        decide({ kind: 'enable', target: { type, value, source, sourceId }, reason }, done)
      }
      onClose={onClose}
    />
  )
}

interface NamedProps {
  /** The names of all lists. */
  readonly sources: readonly string[]
  readonly onClose: () => void
}

/** Of an entry that somebody has named: a keeper of the list, or a case. */
export function DisableNamedDialog({ sources, onClose }: NamedProps) {
  const source = useSignal(sources[0] ?? '')
  const sourceId = useSignal('')
  return (
    <DisableDialog
      source={source.value}
      sourceId={sourceId.value.trim()}
      onClose={onClose}
      onDone={() => void decisions.reload()}
    >
      <div class="two-fields">
        <label class="field">
          <span>List</span>
          <select value={source.value} onChange={(event) => (source.value = event.currentTarget.value)}>
            {sources.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Id in the list</span>
          <input
            value={sourceId.value}
            required
            maxLength={64}
            pattern=".*\S.*"
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => (sourceId.value = event.currentTarget.value)}
          />
        </label>
      </div>
    </DisableDialog>
  )
}

type HashType = keyof typeof HASH_NAMES

export function SuppressDialog({ onClose }: { onClose: () => void }) {
  const type = useSignal<HashType>('pdq')
  const value = useSignal('')
  return (
    <ReasonedDialog
      title="Suppress a value"
      outcome={
        <>
          For a file that is known to be harmless. From then on the value matches in no list, whichever has it
          now or gets it later; the lists’ entries stay as they are. Others whom we share with still get it:
          disable the entries, too. Which lists have it, and in which class, says{' '}
          <code>hashwarden hashset show</code>: look first.
        </>
      }
      button="Suppress it"
      canEnd
      onSend={(said) =>
        decide(
          { kind: 'suppress', target: { type: type.value, value: value.value.trim() }, ...said },
          'Decided: no list matches the value within a minute',
        )
      }
      onClose={onClose}
    >
      <div class="two-fields">
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
    </ReasonedDialog>
  )
}
