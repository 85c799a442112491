// What follows a decision: its correction by its reviewer or a supervisor, and the outcome that a lawful viewing elsewhere had.
import { useSignal } from '@preact/signals'
import type { Verdict } from '../../../contract/decision.ts'
import type { Finding, ViewingBasis } from '../../../contract/outcome.ts'
import type { CaseHit, CorrectBody, DecisionView } from '../../../contract/review.ts'
import { api } from '../../client/api.ts'
import { Refusal } from '../../client/refusal.ts'
import { mayI, me } from '../../client/session.ts'
import { listedEntries } from '../../evidence/listed-entries.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { ReasonField } from '../../parts/until-reason.tsx'
import { complain, offerUndo, say } from '../../parts/toasts.tsx'
import { FINDING_WORDS, VERDICT_ORDER, VERDICT_WORDS, VIEWING_WORDS } from '../../wording/verdicts.ts'

interface AfterwardsProps {
  readonly item: CaseHit
  readonly onDone: () => void
}

export function Afterwards({ item, onDone }: AfterwardsProps) {
  const open = useSignal<'correct' | 'outcome' | undefined>(undefined)
  const { decision } = item
  if (!decision) return null
  const close = (): void => void (open.value = undefined)
  return (
    <section class="decide" aria-labelledby="afterwards">
      <h2 id="afterwards">Decided: {VERDICT_WORDS[decision.verdict].name}</h2>
      <p class="soft">Of the hit that is shown. A decision is never changed; a correction takes its place.</p>
      <div class="choices">
        {mayI('outcome.report') && (
          <button type="button" class="button" onClick={() => (open.value = 'outcome')}>
            Report an outcome…
          </button>
        )}
        {isMineToCorrect(decision) && (
          <button type="button" class="button" onClick={() => (open.value = 'correct')}>
            Correct it…
          </button>
        )}
      </div>
      {open.value === 'outcome' && <OutcomeDialog item={item} onClose={close} onDone={onDone} />}
      {open.value === 'correct' && <CorrectDialog item={item} onClose={close} onDone={onDone} />}
    </section>
  )
}

/** Its reviewer corrects a decision that one person made alone; any other one takes a supervisor. */
const isMineToCorrect = ({ reviewer, stage }: DecisionView): boolean =>
  mayI('decision.correct') || (mayI('case.work') && stage === 'first' && reviewer === me.value?.subject)

interface FormProps extends AfterwardsProps {
  readonly onClose: () => void
}

const Options = ({ words }: { words: Readonly<Record<string, string>> }) => (
  <>
    {Object.entries(words).map(([value, text]) => (
      <option key={value} value={value}>
        {text}
      </option>
    ))}
  </>
)

async function report(
  { item, onClose, onDone }: FormProps,
  body: Parameters<typeof api.reportOutcome>[1],
): Promise<void> {
  const answer = await api.reportOutcome(item.hit.hitId, body)
  if (answer instanceof Refusal) {
    complain(answer.text)
    return
  }
  say('Outcome reported')
  onClose()
  onDone()
}

function OutcomeDialog(props: FormProps) {
  const { item } = props
  const finding = useSignal<Finding>('confirmed')
  const basis = useSignal<ViewingBasis>('search-warrant')
  const entryAt = useSignal(0)
  const reason = useSignal('')
  const entries = listedEntries(item.hit.matches).map(({ entry }) => entry)
  const send = (): void => {
    const entry = entries[entryAt.value]
    const isWrong = finding.value === 'known-entry-wrong' && entry !== undefined
    const body = {
      finding: finding.value,
      basis: basis.value,
      reason: reason.value.trim(),
      ...(isWrong ? { knownEntry: { source: entry.source, sourceId: entry.sourceId } } : {}),
    }
    void report(props, body)
  }
  return (
    <Dialog title="Report an outcome" onClose={props.onClose}>
      <p class="soft">What a lawful viewing elsewhere found of this file.</p>
      <form onSubmit={(event) => (event.preventDefault(), send())}>
        <label class="field">
          <span>Finding</span>
          <select
            value={finding.value}
            onChange={(event) => (finding.value = event.currentTarget.value as Finding)}
          >
            <Options words={FINDING_WORDS} />
          </select>
        </label>
        {finding.value === 'known-entry-wrong' && (
          <label class="field">
            <span>Which entry</span>
            <select
              value={String(entryAt.value)}
              onChange={(event) => (entryAt.value = Number(event.currentTarget.value))}
            >
              <Options
                words={Object.fromEntries(entries.map((one, at) => [at, `${one.source} / ${one.sourceId}`]))}
              />
            </select>
          </label>
        )}
        <label class="field">
          <span>On what basis it was viewed</span>
          <select
            value={basis.value}
            onChange={(event) => (basis.value = event.currentTarget.value as ViewingBasis)}
          >
            <Options words={VIEWING_WORDS} />
          </select>
        </label>
        <ReasonField reason={reason} rows={2} />
        <footer>
          <button type="submit" class="button primary">
            Report
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

async function correct(body: CorrectBody, { onClose, onDone }: FormProps): Promise<void> {
  const answer = await api.correct(body)
  if (answer instanceof Refusal) {
    complain(answer.text)
    return
  }
  offerUndo({
    undoId: answer.undoId,
    caseId: answer.caseId,
    text: `Corrected: ${VERDICT_WORDS[body.verdict].name}`,
    untilMs: Date.parse(answer.undoUntil),
    isCorrection: true,
    restore() {},
  })
  onClose()
  onDone()
}

function CorrectDialog(props: FormProps) {
  const { item } = props
  const verdict = useSignal<CorrectBody['verdict']>('insufficient')
  const reason = useSignal('')
  const send = (): void => {
    const { decision } = item
    if (!decision) return
    const body = {
      evidence: item.evidence,
      supersedes: decision.decisionId,
      verdict: verdict.value,
      reason: reason.value.trim(),
      note: '',
    }
    void correct(body, props)
  }
  const verdicts = VERDICT_ORDER.filter(
    (one): one is Exclude<Verdict, 'needs-second'> => one !== 'needs-second',
  )
  return (
    <Dialog title="Correct the decision" onClose={props.onClose}>
      <form onSubmit={(event) => (event.preventDefault(), send())}>
        <label class="field">
          <span>The right verdict</span>
          <select
            value={verdict.value}
            onChange={(event) => (verdict.value = event.currentTarget.value as CorrectBody['verdict'])}
          >
            <Options words={Object.fromEntries(verdicts.map((one) => [one, VERDICT_WORDS[one].name]))} />
          </select>
        </label>
        <ReasonField reason={reason} rows={2} />
        <footer>
          <button type="submit" class="button primary">
            Correct
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
