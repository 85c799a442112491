// Notices a wall clock that is set back: kafkajs would send no heartbeat until it reaches its old time again.
const LOOK_MS = 1_000
/** Less is what a clock that is kept right does now and then. */
const TOLERANCE_MS = 1_000

/**
 * Calls back when the machine's wall clock has been set back, with by how many milliseconds, until the function that it
 * returns is called. (kafkajs measures time by that clock.)
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
