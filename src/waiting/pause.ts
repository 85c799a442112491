// The room `waiting`: ways of waiting that are more than a timer. A leaf: it imports nothing.
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves after `ms` milliseconds, or as soon as the signal aborts: look at the signal afterwards. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, signal && { signal }).catch(() => {})
}
