// What a supervisor does with a case: assign it, move it, change its priority, hold it.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { CaseRow, QueueView } from '../../../contract/review.ts'
import { api } from '../../client/api.ts'
import { Refusal } from '../../client/refusal.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { complain, say } from '../../parts/toasts.tsx'

export type Direction = 'assign' | 'move' | 'priority' | 'hold'

interface DirectingProps {
  readonly direction: Direction
  readonly row: CaseRow
  readonly onClose: () => void
  readonly onDone: () => void
}

const TITLES: Readonly<Record<Direction, string>> = {
  assign: 'Assign this case',
  move: 'Move this case to a queue',
  priority: 'Priority of this case',
  hold: 'Legal hold',
}

export function Directing({ direction, row, onClose, onDone }: DirectingProps) {
  const value = useSignal(
    direction === 'priority' ? String(row.priority) : direction === 'move' ? row.queue : '',
  )
  const submit = async (): Promise<void> => {
    const answer = await send(direction, row, value.value.trim())
    if (answer instanceof Refusal) {
      complain(answer.text)
      return
    }
    say('Done')
    onClose()
    onDone()
  }
  return (
    <Dialog title={TITLES[direction]} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <div class="field">
          <Field
            direction={direction}
            value={value.value}
            onValue={(text) => (value.value = text)}
            row={row}
          />
        </div>
        <footer>
          <button type="submit" class="button primary">
            {direction === 'hold' && row.hasLegalHold ? 'Lift the hold' : 'Save'}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

function send(direction: Direction, row: CaseRow, value: string): Promise<CaseRow | Refusal> {
  if (direction === 'assign') return api.assign(row.caseId, value === '' ? null : value)
  if (direction === 'move') return api.move(row.caseId, value)
  if (direction === 'priority') return api.raise(row.caseId, Number(value))
  return api.hold(row.caseId, !row.hasLegalHold, value)
}

interface FieldProps {
  readonly direction: Direction
  readonly value: string
  readonly row: CaseRow
  readonly onValue: (value: string) => void
}

function Field({ direction, value, row, onValue }: FieldProps) {
  const onInput = (event: { currentTarget: HTMLInputElement }): void => onValue(event.currentTarget.value)
  if (direction === 'assign')
    return (
      <>
        <label htmlFor="direction">
          Person, as the identity provider names them; empty: no one in particular
        </label>
        <input id="direction" value={value} maxLength={255} onInput={onInput} />
      </>
    )
  if (direction === 'move') return <QueueField value={value} onValue={onValue} />
  if (direction === 'priority')
    return (
      <>
        <label htmlFor="direction">1 to 100; the highest is reviewed first. Now {row.priority}</label>
        <input id="direction" type="number" min="1" max="100" required value={value} onInput={onInput} />
      </>
    )
  return (
    <>
      <label htmlFor="direction">
        {row.hasLegalHold
          ? 'Why the hold ends. The case then leaves by its age.'
          : 'Why it is held. A held case does not leave by its age.'}
      </label>
      <input id="direction" value={value} maxLength={500} required onInput={onInput} />
    </>
  )
}

function QueueField({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  const queues = useSignal<readonly QueueView[]>([])
  useEffect(() => {
    const load = async (): Promise<void> => {
      const answer = await api.queues()
      if (!(answer instanceof Refusal)) queues.value = answer.queues
    }
    void load()
  }, [])
  return (
    <>
      <label htmlFor="direction">Queue</label>
      <select id="direction" value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {queues.value.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </>
  )
}
