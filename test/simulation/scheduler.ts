// A simulation's time and order. Whatever the simulated code waits for from outside (the log, timers, other threads) is
// an event here; the seed says when it is due. Between two events nothing runs but microtasks, so a seed replays exactly.
import { AsyncLocalStorage } from 'node:async_hooks'
import { Chance } from './chance.ts'
import { EventQueue, type Event } from './event-queue.ts'
import { real } from './real-timers.ts'

/** When simulated time begins. */
const EPOCH_MS = Date.UTC(2026, 0, 31)

/** Somebody whose code runs: a process, one of its threads, or the broker. */
export class Actor {
  readonly scheduler: Scheduler
  readonly name: string
  readonly parent: Actor | undefined
  readonly #held: Event[] = []
  #isDead = false
  #isPaused = false

  constructor(scheduler: Scheduler, name: string, parent?: Actor) {
    this.scheduler = scheduler
    this.name = name
    this.parent = parent
  }

  get isAlive(): boolean {
    return !this.#isDead && (this.parent?.isAlive ?? true)
  }

  get isPaused(): boolean {
    return this.#isPaused || (this.parent?.isPaused ?? false)
  }

  /** From now on nothing that it waited for comes. */
  die(): void {
    this.#isDead = true
  }

  /** Due events wait until `resume`. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    for (const event of this.#held.splice(0)) this.scheduler.again(event)
  }

  hold(event: Event): void {
    if (this.#isPaused) this.#held.push(event)
    else this.parent?.hold(event)
  }

  /** Runs something now, as this actor's code. */
  run<T>(work: () => T): T {
    return context.run(this, work)
  }
}

const context = new AsyncLocalStorage<Actor>()

/** Whose code is running; undefined outside of every simulation. */
export const currentActor = (): Actor | undefined => context.getStore()

export class Scheduler {
  /** For what belongs to time and order; what happens is drawn from others. */
  readonly chance: Chance
  readonly #queue = new EventQueue()
  readonly #tell: ((line: string) => void) | undefined
  /** Each look at the clock takes this time: so work takes time, and budgets run out. */
  readonly #lookMs: number
  /** A timer may come so much late. */
  readonly #lateMs: number
  #elapsedMs = 0
  #steps = 0
  #digest = 0

  constructor(chance: Chance, lookMs: number, lateMs: number, tell?: (line: string) => void) {
    this.chance = chance
    this.#lookMs = lookMs
    this.#lateMs = lateMs
    this.#tell = tell
  }

  get elapsedMs(): number {
    return this.#elapsedMs
  }

  /** Milliseconds since 1970, whole ones. */
  get nowMs(): number {
    return EPOCH_MS + Math.floor(this.#elapsedMs)
  }

  get steps(): number {
    return this.#steps
  }

  /** Of all that has happened, in its order: equal digests, equal histories. */
  get digest(): string {
    return (this.#digest >>> 0).toString(16).padStart(8, '0')
  }

  /** An actor looks at the monotonic clock. */
  look(): number {
    this.#elapsedMs += this.#lookMs
    return this.#elapsedMs
  }

  /** Something happens to an actor after this time, unless it dies before; while it is paused, it waits. */
  after(delayMs: number, actor: Actor, what: string, run: () => void): Event {
    return this.at(this.#elapsedMs + Math.max(0, delayMs), actor, what, run)
  }

  /** The same at a time: rounding must not change the order of events. */
  at(atMs: number, actor: Actor, what: string, run: () => void): Event {
    return this.#queue.add(atMs, actor, what, run)
  }

  timer(delayMs: number, actor: Actor, run: () => void): Event {
    return this.after(delayMs + this.chance.random() * this.#lateMs, actor, 'timer', run)
  }

  cancel(event: Event): void {
    event.isCancelled = true
  }

  /** What an actor was kept from is due now. */
  again({ actor, what, run, isCancelled }: Event): void {
    if (!isCancelled) this.after(0, actor, what, run)
  }

  /** Notes what has just happened, for the digest and for the reader of the trace. */
  note(actor: Actor, what: string): void {
    for (let at = 0; at < what.length; at++) this.#mix(what.charCodeAt(at))
    this.#tell?.(`${(this.#elapsedMs / 1000).toFixed(3).padStart(9)} s  ${actor.name.padEnd(8)} ${what}`)
  }

  /** Lets events happen, one after the other, until that holds. Rejects if `limitMs` are over before. */
  runUntil(holds: () => boolean, limitMs: number): Promise<void> {
    const endMs = this.#elapsedMs + limitMs
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (holds()) return resolve()
          if (this.#elapsedMs > endMs) return reject(new NotQuietError(limitMs))
          this.#next()
        } catch (error) {
          return reject(error instanceof Error ? error : new Error(String(error)))
        }
        real.setImmediate(step)
      }
      real.setImmediate(step)
    })
  }

  #next(): void {
    const event = this.#queue.take()
    if (!event) throw new Error('Nothing will ever happen again.')
    this.#elapsedMs = Math.max(this.#elapsedMs, event.atMs)
    const { actor } = event
    if (event.isCancelled || !actor.isAlive) return
    if (actor.isPaused) return actor.hold(event)
    this.#steps++
    this.#mix(event.atMs * 1000)
    this.#mix(event.order)
    if (event.what !== 'timer') this.note(actor, event.what)
    actor.run(event.run)
  }

  #mix(value: number): void {
    this.#digest = Math.imul(this.#digest ^ value, 0x01000193) ^ (this.#digest >>> 15)
  }
}

export class NotQuietError extends Error {
  override readonly name = 'NotQuietError'
  constructor(limitMs: number) {
    super(`It has not come to rest within ${limitMs / 60_000} simulated minutes.`)
  }
}
