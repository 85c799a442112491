// The server's time, by the second: leases and undo end by its clock, not by this machine's.
import { signal } from '@preact/signals'
import { clockSkewMs } from './ask.ts'

export const serverNow = (): number => Date.now() + clockSkewMs.peek()

/** Milliseconds since 1970, renewed each second. */
export const nowMs = signal(serverNow())
setInterval(() => (nowMs.value = serverNow()), 1_000)
