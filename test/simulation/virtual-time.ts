// Replaces this process's timers, clocks and random identities, for code that runs in a simulation: there they are the
// scheduler's. For all other code they stay what they are. To be imported before anything else, because some modules
// draw their keys while they are loaded.
//
// The alternative, a clock as a parameter of everything that sleeps, would leave it to each new line of code to be
// simulated or not; and vitest's and node:test's mock timers know no virtual performance.now beside several processes.
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timersPromises from 'node:timers/promises'
import { Chance } from './chance.ts'
import type { Event } from './event-queue.ts'
import { real } from './real-timers.ts'
import { currentActor, type Actor } from './scheduler.ts'

/** A timer of a simulation, with as much of Node's timers as our code uses. */
class VirtualTimer {
  readonly #actor: Actor
  #event: Event | undefined

  constructor(actor: Actor) {
    this.#actor = actor
  }

  start(delayMs: number, run: () => void, everyMs?: number): this {
    const { scheduler } = this.#actor
    this.#event = scheduler.timer(delayMs, this.#actor, () => {
      if (everyMs !== undefined) this.start(everyMs, run, everyMs)
      run()
    })
    return this
  }

  clear(): void {
    if (this.#event) this.#actor.scheduler.cancel(this.#event)
    this.#event = undefined
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

type Callback = (...args: unknown[]) => void

function virtualSleep<T>(
  actor: Actor,
  delayMs: number,
  value: T,
  signal: AbortSignal | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = new VirtualTimer(actor).start(delayMs, () => {
      signal?.removeEventListener('abort', abort)
      resolve(value)
    })
    const abort = (): void => {
      timer.clear()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}

class VirtualDate extends real.Date {
  constructor(...given: [] | [number | string]) {
    const actor = given.length === 0 ? currentActor() : undefined
    if (actor) super(actor.scheduler.nowMs)
    // As its caller means it.
    else super(...(given as [number]))
  }

  static override now(): number {
    return currentActor()?.scheduler.nowMs ?? real.Date.now()
  }
}

/** Keys that are drawn while modules are loaded: the same in every process, or a seed would not replay in another. */
const keys = new Chance(1)

Object.assign(globalThis, {
  setTimeout: (run: Callback, delayMs = 0, ...args: unknown[]) => {
    const actor = currentActor()
    if (!actor) return real.setTimeout(run, delayMs, ...args)
    return new VirtualTimer(actor).start(delayMs, () => run(...args))
  },
  setInterval: (run: Callback, everyMs = 0, ...args: unknown[]) => {
    const actor = currentActor()
    if (!actor) return real.setInterval(run, everyMs, ...args)
    return new VirtualTimer(actor).start(everyMs, () => run(...args), everyMs)
  },
  setImmediate: (run: Callback, ...args: unknown[]) => {
    const actor = currentActor()
    if (!actor) return real.setImmediate(run, ...args)
    return new VirtualTimer(actor).start(0, () => run(...args))
  },
  clearTimeout: (timer: NodeJS.Timeout | VirtualTimer | undefined) =>
    timer instanceof VirtualTimer ? timer.clear() : real.clearTimeout(timer),
  clearInterval: (timer: NodeJS.Timeout | VirtualTimer | undefined) =>
    timer instanceof VirtualTimer ? timer.clear() : real.clearInterval(timer),
  clearImmediate: (timer: NodeJS.Immediate | VirtualTimer | undefined) =>
    timer instanceof VirtualTimer ? timer.clear() : real.clearImmediate(timer),
  Date: VirtualDate,
})
Object.defineProperty(performance, 'now', {
  configurable: true,
  writable: true,
  value: () => currentActor()?.scheduler.look() ?? real.now(),
})
Object.assign(timersPromises, {
  setTimeout: (delayMs = 0, value?: unknown, options: { readonly signal?: AbortSignal } = {}) => {
    const actor = currentActor()
    return actor ? virtualSleep(actor, delayMs, value, options.signal) : real.sleep(delayMs, value, options)
  },
  setImmediate: (value?: unknown, options: { readonly signal?: AbortSignal } = {}) => {
    const actor = currentActor()
    return actor ? virtualSleep(actor, 0, value, options.signal) : real.immediate(value, options)
  },
})
Object.assign(AbortSignal, {
  timeout: (delayMs: number) => {
    const actor = currentActor()
    if (!actor) return real.timeout(delayMs)
    const controller = new AbortController()
    new VirtualTimer(actor).start(delayMs, () => controller.abort(new DOMException('', 'TimeoutError')))
    return controller.signal
  },
})
Object.assign(crypto, {
  randomInt: (from: number, to?: number) =>
    to === undefined ? keys.below(from) : keys.between(from, to - 1),
  randomUUID: () => {
    const actor = currentActor()
    if (!actor) return real.randomUUID()
    const { chance } = actor.scheduler
    const hex = Array.from({ length: 32 }, () => chance.below(16).toString(16)).join('')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  },
})
syncBuiltinESMExports()
