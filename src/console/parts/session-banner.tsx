// The session's end, before it comes (WCAG 2.2.1): the one that any key puts off, because no person was there, and the one of the
// day, which takes a new sign-in. Each is announced once; the seconds are only seen.
import { useEffect, useLayoutEffect } from 'preact/hooks'
import { attendedAtMs } from '../client/attended.ts'
import { nowMs } from '../client/clock.ts'
import { loadMe, me } from '../client/session.ts'
import { rest } from '../wording/times.ts'
import { alarm } from './announce.tsx'

/** How long before its end it is announced. */
const WARN_MS = 5 * 60_000

const isSoon = (left: number): boolean => left > 0 && left <= WARN_MS

export function SessionBanner() {
  const dayEnds = me.value?.sessionEndsAt
  const dayLeft = dayEnds === undefined ? Infinity : Date.parse(dayEnds) - nowMs.value
  const idleMs = me.value?.sessionIdleMs ?? Infinity
  const idleLeft = attendedAtMs.value === undefined ? Infinity : attendedAtMs.value + idleMs - nowMs.value
  if (isSoon(dayLeft)) return <DayEnds left={dayLeft} />
  return isSoon(idleLeft) ? <IdleEnds left={idleLeft} /> : null
}

function DayEnds({ left }: { left: number }) {
  useEffect(() => alarm('Your session ends soon. Finish this case; then sign in again.'), [])
  return (
    <div class="banner warn">
      <p>
        <strong>Your session ends in {rest(left)}.</strong> Finish this case; then sign in again.
      </p>
    </div>
  )
}

function IdleEnds({ left }: { left: number }) {
  // Before it is painted: who sees it may press a key at once.
  useLayoutEffect(() => {
    alarm('Your session ends soon, because nothing was done here. Press any key to go on.')
    const stay = (): void => void loadMe()
    document.addEventListener('keydown', stay)
    document.addEventListener('pointerdown', stay)
    return () => {
      document.removeEventListener('keydown', stay)
      document.removeEventListener('pointerdown', stay)
    }
  }, [])
  return (
    <div class="banner warn">
      <p>
        <strong>Your session ends in {rest(left)},</strong> because nothing was done here. Press any key or
        touch the page to go on.
      </p>
    </div>
  )
}
