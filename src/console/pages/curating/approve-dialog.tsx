// A change of a list that waits for a person: its numbers, and the word on it.
import { useSignal } from '@preact/signals'
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

type Pending = NonNullable<ListView['pending']>

interface ApproveProps {
  readonly list: ListView
  readonly pending: Pending
  readonly onClose: () => void
}

export function ApproveDialog({ list: { source }, pending, onClose }: ApproveProps) {
  const reason = useSignal('')
  const isSending = useSignal(false)
  const send = async (verdict: 'apply' | 'refuse'): Promise<void> => {
    if (reason.value.trim() === '') {
      complain('Say why: the audit keeps it.')
      return
    }
    isSending.value = true
    const answer = await api.approveChange({
      source,
      pendingId: pending.id,
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
      <p>{WHY_WORDS[pending.why]}</p>
      <PendingNumbers pending={pending} />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send('apply')
        }}
      >
        <ReasonField reason={reason} />
        <footer>
          <button type="button" class="button" disabled={isSending.value} onClick={() => void send('refuse')}>
            Refuse it
          </button>
          <button type="submit" class="button primary" disabled={isSending.value}>
            Apply it
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

const WHY_WORDS: Readonly<Record<Pending['why'], string>> = {
  'removes-much':
    'It would remove more than a tenth of the list. A source that lost its data by accident looks the same: ask its keepers.',
  'adds-much':
    'It would add ten times as much as the list has. A list of another kind, read by mistake, looks the same: ask its keepers.',
}

const PendingNumbers = ({ pending: { before, adds, changes, removes, since } }: { pending: Pending }) => (
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
    <div>
      <dt>Waits since</dt>
      <dd>
        <Ago at={since} />
      </dd>
    </div>
  </dl>
)
