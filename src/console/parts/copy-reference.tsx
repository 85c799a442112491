// A reference with its copy button. The page shows enough to tell two apart; copying all of it is an entry of the audit.
import { useSignal } from '@preact/signals'
import type { Hit } from '../../contract/hit.ts'
import { api } from '../client/api.ts'
import { Refusal } from '../client/refusal.ts'
import { masked } from '../wording/times.ts'
import { REFERENCE_WORDS } from '../wording/report.ts'
import { announce } from './announce.tsx'
import { complain } from './toasts.tsx'

export type Reference = keyof typeof REFERENCE_WORDS

export function CopyReference({ hit, reference }: { hit: Hit; reference: Reference }) {
  const isCopied = useSignal(false)
  const value = hit.report[reference]
  if (value === undefined) return null
  const copy = async (): Promise<void> => {
    const answer = await api.reference(hit.hitId, reference)
    if (answer instanceof Refusal) {
      complain(answer.text)
      return
    }
    try {
      await navigator.clipboard.writeText(answer.value)
    } catch {
      complain('The browser did not allow the copy.')
      return
    }
    isCopied.value = true
    setTimeout(() => (isCopied.value = false), 2_000)
    announce(`${REFERENCE_WORDS[reference]} copied`)
  }
  return (
    <span class="reference">
      <code>{masked(value)}</code>
      <button
        type="button"
        class="copy"
        onClick={() => void copy()}
        aria-label={`Copy the reference: ${REFERENCE_WORDS[reference]}`}
        title="Copying is recorded"
      >
        {isCopied.value ? '✓ Copied' : 'Copy'}
      </button>
    </span>
  )
}
