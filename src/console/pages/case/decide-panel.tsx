// Where a case is decided: six verdicts with their keys, a reason and a note. A verdict is given with one press; for ten
// seconds it can be undone.
import type { Signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Verdict } from '../../../contract/decision.ts'
import type { CaseView } from '../../../contract/review.ts'
import { currentKey, useAction } from '../../keyboard/press.ts'
import { KeyHint } from '../../parts/key-hint.tsx'
import { OPENED_WORDS } from '../../wording/report.ts'
import { VERDICT_ORDER, VERDICT_WORDS } from '../../wording/verdicts.ts'
import { counted } from '../../wording/times.ts'
import type { CaseWork } from './work.ts'

/** The longest reason and note, in characters (src/contract/decision.ts). */
const REASON_MAX = 500
const NOTE_MAX = 4_000

export function DecidePanel({ work, view }: { work: CaseWork; view: CaseView }) {
  const reason = useRef<HTMLTextAreaElement>(null)
  const note = useRef<HTMLTextAreaElement>(null)
  useAction('reason', () => reason.current?.focus())
  useAction('note', () => note.current?.focus())
  const some = work.selected.value.size
  const amount = work.toDecide.value.length
  return (
    <section class="decide" aria-labelledby="decide">
      <h2 id="decide">
        {some > 0
          ? `Decide ${counted(amount, 'selected hit')}`
          : amount === 1
            ? 'Decide this hit'
            : `Decide all ${counted(amount, 'hit')}`}
      </h2>
      {view.openedBecause === 'new-evidence' && <p class="notice">{OPENED_WORDS['new-evidence']}</p>}
      <StageNote view={view} />
      <div class="verdicts">
        {VERDICT_ORDER.map((verdict) => (
          <VerdictButton key={verdict} verdict={verdict} work={work} stage={view.case.stage} />
        ))}
      </div>
      <Written
        label="Reason"
        action="reason"
        max={REASON_MAX}
        rows={2}
        text={work.draft.reason}
        field={reason}
      />
      <Written label="Note" action="note" max={NOTE_MAX} rows={3} text={work.draft.note} field={note} />
      <p class="soft small">The reason is published with the decision. The note stays here.</p>
    </section>
  )
}

const StageNote = ({ view: { case: row, needsSecond } }: { view: CaseView }) =>
  row.stage === 'second' ? (
    <p class="notice">Second opinion: the first one is hidden until you have given yours.</p>
  ) : row.stage === 'supervisor' ? (
    <p class="notice">Two opinions differ. Yours settles it.</p>
  ) : needsSecond ? (
    <p class="notice">
      A rule asks for a second opinion here: another person decides after you, without seeing yours.
    </p>
  ) : null

interface VerdictButtonProps {
  readonly verdict: Verdict
  readonly work: CaseWork
  readonly stage: CaseView['case']['stage']
}

function VerdictButton({ verdict, work, stage }: VerdictButtonProps) {
  // At most one second opinion a case.
  const isOffered = verdict !== 'needs-second' || stage === 'first'
  const isOn = work.canDecide.value && !work.isBusy.value && isOffered
  const decide = (): void => void work.decide(verdict)
  useAction(verdict, decide, isOn)
  const { name, when } = VERDICT_WORDS[verdict]
  return (
    <button
      type="button"
      class={`verdict ${verdict}`}
      disabled={!isOn}
      title={when}
      aria-keyshortcuts={currentKey(verdict)}
      onClick={decide}
    >
      <KeyHint action={verdict} />
      <span>
        <b>{name}</b>
        <span class="soft">{when}</span>
      </span>
    </button>
  )
}

interface WrittenProps {
  readonly label: string
  readonly action: 'reason' | 'note'
  readonly max: number
  readonly rows: number
  readonly text: Signal<string>
  readonly field: { current: HTMLTextAreaElement | null }
}

const Written = ({ label, action, max, rows, text, field }: WrittenProps) => (
  <label class="field">
    <span class="label-line">
      {label} <KeyHint action={action} />
      {text.value.length > max * 0.8 && (
        <span class="soft">
          {text.value.length} of {max}
        </span>
      )}
    </span>
    <textarea
      ref={field}
      dir="auto"
      rows={rows}
      maxLength={max}
      value={text.value}
      onInput={(event) => (text.value = event.currentTarget.value)}
    />
  </label>
)
