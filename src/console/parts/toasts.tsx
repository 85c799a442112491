// Short messages at the foot of the page: a decision with its undo, and what went wrong.
import { computed, signal } from '@preact/signals'
import { api } from '../client/api.ts'
import { nowMs, serverNow } from '../client/clock.ts'
import { go } from '../client/place.ts'
import { Refusal } from '../client/refusal.ts'
import { useAction } from '../keyboard/press.ts'
import { alarm, announce } from './announce.tsx'
import { ActionButton } from './key-hint.tsx'

interface Message {
  readonly text: string
  readonly isBad: boolean
  readonly untilMs: number
}

interface Undoable {
  readonly undoId: string
  readonly caseId: string
  readonly text: string
  readonly untilMs: number
  /** A correction gives no case back: its case stays decided. */
  readonly isCorrection?: boolean
  /** Puts back what was typed. */
  readonly restore: () => void
}

const message = signal<Message | undefined>(undefined)
/** What went wrong last, while it is shown. A dialog shows it, because it covers the foot of the page. */
export const complaint = computed((): string | undefined => {
  const shown = message.value
  return shown?.isBad && shown.untilMs > nowMs.value ? shown.text : undefined
})
export const hush = (): void => void (message.value = undefined)
/** The last decision, while it can be undone. */
const undoable = signal<Undoable | undefined>(undefined)

const MESSAGE_MS = 8_000

export function say(text: string): void {
  message.value = { text, isBad: false, untilMs: nowMs.peek() + MESSAGE_MS }
  announce(text)
}

export function complain(text: string): void {
  message.value = { text, isBad: true, untilMs: nowMs.peek() + 2 * MESSAGE_MS }
  alarm(text)
}

export function offerUndo(decided: Undoable): void {
  nowMs.value = serverNow()
  undoable.value = decided
  announce(`${decided.text}. It can be undone for some seconds.`)
}

async function undo({ undoId, caseId, text, isCorrection = false, restore }: Undoable): Promise<void> {
  const answer = await api.undo(undoId)
  if (answer instanceof Refusal) {
    complain(answer.text)
    return
  }
  undoable.value = undefined
  restore()
  // Another person holds the case, or a second opinion was undone.
  say(answer.lease || isCorrection ? `Undone: ${text}` : `Undone: ${text}. Another person decides it now.`)
  go(`/cases/${caseId}`)
}

function UndoToast({ decided }: { decided: Undoable }) {
  const seconds = Math.ceil((decided.untilMs - nowMs.value) / 1_000)
  useAction('undo', () => void undo(decided))
  return (
    <div class="toast">
      <span>
        <strong>{decided.text}</strong> <span class="soft">published in {seconds} s</span>
      </span>
      <ActionButton action="undo" label="Undo" onPress={() => void undo(decided)} />
    </div>
  )
}

export function Toasts() {
  const now = nowMs.value
  const decided = undoable.value && undoable.value.untilMs > now ? undoable.value : undefined
  const shown = message.value && message.value.untilMs > now ? message.value : undefined
  return (
    <section class="toasts" aria-label="Messages">
      {shown && (
        <div class={shown.isBad ? 'toast bad' : 'toast'}>
          <span>{shown.text}</span>
          <button type="button" class="button quiet" onClick={hush}>
            Close
          </button>
        </div>
      )}
      {decided && <UndoToast decided={decided} />}
    </section>
  )
}
