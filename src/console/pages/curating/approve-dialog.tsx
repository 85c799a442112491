// A change of a list that waits for a person: its numbers, and the word on it.
import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { ListView } from '../../../contract/review.ts'
import { api } from '../../client/api.ts'
import { Refusal } from '../../client/refusal.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { Ago } from '../../parts/moment.tsx'
import { ReasonField } from '../../parts/until-reason.tsx'
import { complain, say } from '../../parts/toasts.tsx'
import { count } from '../../wording/times.ts'
import { lists } from './lists-now.ts'
import { percent } from './shown.ts'

export type Pending = NonNullable<ListView['pending']>

interface ApproveProps {
  readonly source: string
  /** The change whose numbers the person looks at: the view is loaded again while the dialog is open. */
  readonly seen: Pending
  /** The change that waits now; undefined: none does. */
  readonly now: Pending | undefined
  readonly onLook: (next: Pending) => void
  readonly onClose: () => void
}

export function ApproveDialog({ source, seen, now, onLook, onClose }: ApproveProps) {
  const reason = useSignal('')
  const isSending = useSignal(false)
  const isOther = now?.id !== seen.id
  const form = useRef<HTMLFormElement>(null)
  const send = async (verdict: 'apply' | 'refuse'): Promise<void> => {
    if (form.current?.reportValidity() !== true) return
    isSending.value = true
    const answer = await api.approveChange({
      source,
      pendingId: seen.id,
      verdict,
      reason: reason.value.trim(),
    })
    isSending.value = false
    if (answer instanceof Refusal) {
      complain(answer.text)
      return
    }
    say(verdict === 'apply' ? 'The change will be applied' : 'The change is refused')
    onClose()
    await lists.reload()
  }
  return (
    <Dialog title={`A change of ${source} waits`} onClose={onClose}>
      <p>
        {WHY_WORDS[seen.why]} It came <Ago at={seen.since} />.
      </p>
      <PendingNumbers pending={seen} />
      {isOther && (
        <Moved
          now={now}
          onLook={(next) => {
            // The button goes, and the focus must not go with it.
            form.current?.querySelector('textarea')?.focus()
            onLook(next)
          }}
        />
      )}
      <p class="soft small">
        Of a whole file your word is for exactly this change. A server’s list moves meanwhile: then your word
        also covers up to a quarter more removals, and up to a quarter or 1,000 more additions and changes.
        Beyond that it waits again.
      </p>
      {/* Neither is the form’s own button: Enter applies nothing. */}
      <form ref={form} onSubmit={(event) => event.preventDefault()}>
        <ReasonField reason={reason} />
        <footer>
          <button
            type="button"
            class="button"
            disabled={isSending.value || isOther}
            onClick={() => void send('refuse')}
          >
            Refuse it
          </button>
          <button
            type="button"
            class="button"
            disabled={isSending.value || isOther}
            onClick={() => void send('apply')}
          >
            Apply it
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

const WHY_WORDS: Readonly<Record<Pending['why'], string>> = {
  'removes-much':
    'It would remove more of the list than may go unseen. A source that lost its data by accident looks the same: ask its keepers.',
  'adds-much':
    'It would add many times as much as the list has. A list of another kind, read by mistake, looks the same: ask its keepers.',
}

/** What the person has seen is no longer what would be applied. */
const Moved = ({ now, onLook }: { now: Pending | undefined; onLook: (next: Pending) => void }) => (
  <div class="warning moved" role="status">
    {now ? (
      <>
        <p>Another change waits now. The numbers above are not its own.</p>
        <button type="button" class="button small-button" onClick={() => onLook(now)}>
          Look at that one
        </button>
      </>
    ) : (
      <p>This change waits no longer: it was applied, or its source has taken it back.</p>
    )}
  </div>
)

const PendingNumbers = ({ pending: { before, adds, changes, removes } }: { pending: Pending }) => (
  <dl class="pending-numbers">
    <div>
      <dt>Has now</dt>
      <dd>{count(before)}</dd>
    </div>
    <div>
      <dt>Would add</dt>
      <dd>+{count(adds)}</dd>
    </div>
    <div>
      <dt>Would change</dt>
      <dd>{count(changes)}</dd>
    </div>
    <div class={removes > 0 ? 'much' : ''}>
      <dt>Would remove</dt>
      <dd>
        −{count(removes)} {before > 0 && <span class="soft">{percent(removes / before)}</span>}
      </dd>
    </div>
  </dl>
)
