// Waiting with heartbeats, so that the consumer group keeps a member that waits.
import { setTimeout as sleep } from 'node:timers/promises'

/** First polling interval of {@link until} in milliseconds; it doubles up to `HEARTBEAT_EVERY_MS`. */
const FIRST_POLL_MS = 10

/** How often a consumer that waits sends a heartbeat, in milliseconds. The group expects one every few seconds. */
const HEARTBEAT_EVERY_MS = 1_000

/**
 * Polls until `holds` is true, with a heartbeat after every pause.
 * @throws What `heartbeat` throws, which ends the wait.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  heartbeat: () => Promise<void>,
): Promise<void> {
  for (let waitMs = FIRST_POLL_MS; !(await holds()); waitMs = Math.min(2 * waitMs, HEARTBEAT_EVERY_MS)) {
    await sleep(waitMs)
    await heartbeat()
  }
}

/**
 * Waits for `work`, with a heartbeat every second.
 * @throws What `work` throws; what `heartbeat` throws, which ends the wait but not the work.
 */
export async function withHeartbeats<T>(work: Promise<T>, heartbeat: () => Promise<void>): Promise<T> {
  const done = work.then(
    () => true,
    () => true,
  )
  const waited = new AbortController()
  const wait = (): Promise<boolean> => sleep(HEARTBEAT_EVERY_MS, false, { signal: waited.signal })
  try {
    while (!(await Promise.race([done, wait()]))) await heartbeat()
  } finally {
    waited.abort()
  }
  return work
}
