// Whose case it is: taken, about to end, lost, or another's; each with the one thing to do about it.
import { useEffect } from 'preact/hooks'
import type { CaseView } from '../../../contract/review.ts'
import { nowMs } from '../../client/clock.ts'
import { mayDecideAt, me } from '../../client/session.ts'
import { useAction } from '../../keyboard/press.ts'
import { alarm } from '../../parts/announce.tsx'
import { ActionButton } from '../../parts/key-hint.tsx'
import { STAGE_WORDS } from '../../wording/report.ts'
import { rest } from '../../wording/times.ts'
import type { CaseWork } from './work.ts'

/** Renews the lease while the person does something, and looks each second whether it has ended. */
export function useLeaseUpkeep(work: CaseWork): void {
  useEffect(() => {
    const active = (): void => void work.renewIfDue()
    const timer = setInterval(() => work.checkLease(), 1_000)
    document.addEventListener('keydown', active)
    document.addEventListener('pointerdown', active)
    return () => {
      clearInterval(timer)
      document.removeEventListener('keydown', active)
      document.removeEventListener('pointerdown', active)
    }
  }, [work])
  const isEnding = work.leaseState.value === 'ending'
  useEffect(() => {
    if (isEnding) alarm('Your time with this case ends soon. Press the key to keep it.')
  }, [isEnding])
}

/** How long the case is still the reader's. */
export function LeaseClock({ work }: { work: CaseWork }) {
  const held = work.lease.value
  if (!held || !work.canDecide.value) return null
  return (
    <span class="lease-clock" title="The case is yours for this time, and longer while you work">
      <span aria-hidden="true">●</span> Yours for <b>{rest(held.untilMs - nowMs.value)}</b>
    </span>
  )
}

export function LeaseNotice({ work, view }: { work: CaseWork; view: CaseView }) {
  const state = work.leaseState.value
  const row = view.case
  const isTakeable =
    state !== 'held' && state !== 'ending' && row.state !== 'decided' && mayDecideAt(row.stage)
  const isOthers = row.state === 'leased' && row.leasedBy !== me.value?.subject && row.leasedBy !== undefined
  useAction('extend', () => void work.renew(), state === 'ending' || state === 'held')
  useAction('next-case', () => void work.take(), isTakeable && !isOthers)
  if (state === 'ending')
    return (
      <div class="banner warn">
        <p>
          <strong>
            This case goes back to the queue in {rest((work.lease.value?.untilMs ?? 0) - nowMs.value)}.
          </strong>{' '}
          What you typed stays here.
        </p>
        <ActionButton action="extend" label="Keep it" class="primary" onPress={() => void work.renew()} />
      </div>
    )
  if (state === 'lost')
    return (
      <div class="banner bad">
        <p>
          <strong>You no longer hold this case.</strong> What you typed is kept
          {isTakeable && !isOthers ? ': take the case again to go on.' : '.'}
        </p>
        {isTakeable && !isOthers && (
          <ActionButton
            action="next-case"
            label="Take it again"
            class="primary"
            onPress={() => void work.take()}
          />
        )}
      </div>
    )
  if (isOthers)
    return (
      <div class="banner">
        <p>
          <strong>{row.leasedBy} works on this case now.</strong> You can read it.
        </p>
      </div>
    )
  if (!isTakeable) return null
  return (
    <div class="banner">
      <p>
        <strong>{row.stage === 'first' ? 'This case is open.' : `${STAGE_WORDS[row.stage]}.`}</strong> Take it
        to decide.
      </p>
      <ActionButton
        action="next-case"
        label="Take this case"
        class="primary"
        onPress={() => void work.take()}
      />
    </div>
  )
}
