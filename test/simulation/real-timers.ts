import crypto from 'node:crypto'
import timersPromises from 'node:timers/promises'

/** Timers, clocks and random identities as Node has them: before virtual-time.ts replaces them. */
export const real = {
  Date: globalThis.Date,
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  setImmediate: globalThis.setImmediate,
  clearTimeout: globalThis.clearTimeout,
  clearInterval: globalThis.clearInterval,
  clearImmediate: globalThis.clearImmediate,
  now: performance.now.bind(performance),
  sleep: timersPromises.setTimeout,
  immediate: timersPromises.setImmediate,
  randomUUID: crypto.randomUUID,
  timeout: AbortSignal.timeout.bind(AbortSignal),
}
