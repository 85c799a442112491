import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_MS = 200

/** Sends until it is acknowledged, as a submitter must. What was written and not acknowledged comes twice. */
export async function untilAcknowledged(send: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await send()
      return
    } catch {
      await sleep(RETRY_MS)
    }
  }
}
