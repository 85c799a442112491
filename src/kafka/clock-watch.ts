// Notices a wall clock that is set back: kafkajs would send no heartbeat until it reaches its old time again.
const LOOK_MS = 1_000
/** Time synchronisation sets a clock back by less than this, in milliseconds. */
const TOLERANCE_MS = 1_000

/**
 * Calls back when the machine's wall clock was set back, with the number of milliseconds. Calling the returned function
 * ends the watch. (kafkajs measures time by that clock.)
 */
export function watchClock(onSetBack: (byMs: number) => void): () => void {
  let aheadMs = Date.now() - performance.now()
  const timer = setInterval(() => {
    const beforeMs = aheadMs
    aheadMs = Date.now() - performance.now()
    if (beforeMs - aheadMs > TOLERANCE_MS) onSetBack(beforeMs - aheadMs)
  }, LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}
