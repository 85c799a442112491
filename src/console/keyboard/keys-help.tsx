// The list of keys, where each can be changed, and all single keys switched off (WCAG 2.1.4).
import { useSignal } from '@preact/signals'
import { api } from '../client/api.ts'
import { Refusal } from '../client/refusal.ts'
import { me } from '../client/session.ts'
import { announce } from '../parts/announce.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { shownKey } from '../parts/key-hint.tsx'
import { complain } from '../parts/toasts.tsx'
import {
  ACTION_NAMES,
  ACTIONS,
  areKeysOff,
  clashes,
  withKey,
  withKeysOff,
  type Action,
  type Group,
  type OwnKeys,
} from './actions.ts'
import { isHelpOpen } from './press.ts'

const GROUPS: readonly Group[] = ['Everywhere', 'Queue', 'Case']

async function save(keys: OwnKeys): Promise<void> {
  const before = me.peek()
  if (!before) return
  // Shown at once; taken back if the server refuses.
  me.value = { ...before, keys }
  const answer = await api.setKeys(keys)
  if (answer instanceof Refusal) {
    me.value = before
    complain(answer.text)
  } else announce('Keys saved')
}

export function KeysHelp() {
  const own = me.value?.keys ?? {}
  const isOff = areKeysOff(own)
  return (
    <Dialog title="Keys" class="keys" onClose={() => (isHelpOpen.value = false)}>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          aria-checked={!isOff}
          checked={!isOff}
          onChange={(event) => void save(withKeysOff(own, !event.currentTarget.checked))}
        />
        <span>
          Single keys act <span class="soft">– not with Ctrl, Alt or Meta, and never while you type</span>
        </span>
      </label>
      {GROUPS.map((group) => (
        <section key={group}>
          <h3>{group}</h3>
          <dl>
            {ACTION_NAMES.filter((action) => ACTIONS[action].group === group).map((action) => (
              <KeyRow key={action} action={action} own={own} />
            ))}
          </dl>
        </section>
      ))}
      <footer>
        <button type="button" class="button" onClick={() => void save({})}>
          All as they were
        </button>
      </footer>
    </Dialog>
  )
}

function KeyRow({ action, own }: { action: Action; own: OwnKeys }) {
  const isWaiting = useSignal(false)
  const key = own[action] ?? ACTIONS[action].key
  const take = (event: KeyboardEvent): void => {
    if (!isWaiting.value || event.key === 'Tab' || event.key === 'Shift') return
    event.preventDefault()
    event.stopPropagation()
    isWaiting.value = false
    if (event.key === 'Escape' || event.ctrlKey || event.altKey || event.metaKey) return
    const [other] = clashes(action, event.key, own)
    if (other) complain(`${shownKey(event.key)} is the key of “${ACTIONS[other].what}” already.`)
    else void save(withKey(own, action, event.key))
  }
  return (
    <div>
      <dt>{ACTIONS[action].what}</dt>
      <dd>
        <button
          type="button"
          class="key-button"
          aria-label={
            isWaiting.value
              ? 'Press the new key, or Escape'
              : `Key ${key} of: ${ACTIONS[action].what}. Change it`
          }
          onClick={() => (isWaiting.value = true)}
          onKeyDown={take}
          onBlur={() => (isWaiting.value = false)}
        >
          {isWaiting.value ? <span>press a key…</span> : <kbd>{shownKey(key)}</kbd>}
        </button>
      </dd>
    </div>
  )
}
