import { LogUnreachableError } from '../../src/log/log-faults.ts'
import type { Chance } from './chance.ts'
import type { Conditions, Faults } from './conditions.ts'
import type { Actor, Scheduler } from './scheduler.ts'

type Fate = keyof Faults | 'fine'

/** The interval, in requests and answers, between slow ones. */
const SLOW = 0.05
/** The share of records for a lagging reader that lag. */
const LAGGING = 0.3
/** How late comes what was told to have failed. */
const LATE_MS = 3_000

const lostRequest = (): LogUnreachableError => new LogUnreachableError('The simulated network lost it.')

/** The way to the broker and back. Each step of it is an event, and what may go wrong on it does, as often as told. */
export class Network {
  readonly scheduler: Scheduler
  /** Requests in flight belong to no process: they arrive when their sender is paused, and perhaps when it is dead. */
  readonly wire: Actor
  /** What has gone wrong, and how often: a fault that never strikes proves nothing. */
  readonly struck = new Map<string, number>()
  readonly #chance: Chance
  readonly #conditions: Conditions
  #isCalm = false

  constructor(wire: Actor, chance: Chance, conditions: Conditions) {
    this.scheduler = wire.scheduler
    this.wire = wire
    this.#chance = chance
    this.#conditions = conditions
  }

  strike(what: string): void {
    this.struck.set(what, (this.struck.get(what) ?? 0) + 1)
  }

  get isCalm(): boolean {
    return this.#isCalm
  }

  /** Nothing goes wrong any more. */
  calmDown(): void {
    this.#isCalm = true
  }

  get latencyMs(): number {
    const { meanLatencyMs, slowMs } = this.#conditions
    const ms = this.#chance.wait(meanLatencyMs)
    return !this.#isCalm && this.#chance.is(SLOW) ? ms + this.#chance.random() * slowMs : ms
  }

  /** The same, or now and then so much more on average. */
  latencyWithLag(lagMs: number): number {
    const isLate = !this.#isCalm && lagMs > 0 && this.#chance.is(LAGGING)
    return this.latencyMs + (isLate ? this.#chance.wait(lagMs) : 0)
  }

  /**
   * Asks the broker for something: it is carried out after a while, and after another its answer, or its failure, is
   * there. `partly` carries out a part of it, if it has parts. The carried-out request hears whether it may come after
   * what was asked later.
   */
  ask<T>(
    actor: Actor,
    what: string,
    carryOut: (mayBeLate: boolean) => Promise<T>,
    partly = carryOut,
  ): Promise<T> {
    const fate = this.#fate()
    if (fate !== 'fine') this.strike(`request ${fate}`)
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const answer = (outcome: string, told: () => void): void => {
      this.scheduler.after(this.latencyMs, actor, `${what}: ${outcome}`, told)
    }
    const fail = (outcome: string): void => answer(outcome, () => reject(lostRequest()))
    const request = (delayMs: number, work: typeof carryOut, then: (result: T) => void): void => {
      this.scheduler.after(delayMs, this.wire, `${actor.name} ${what}`, () => {
        // Of a process that has died, some of what it sent arrives.
        if (!actor.isAlive && this.#chance.is(0.5)) return
        work(fate === 'late' || fate === 'twice').then(then, (error: unknown) =>
          answer(String(error), () => reject(error)),
        )
      })
    }
    const done = (result: T): void => answer('done', () => resolve(result))
    if (fate === 'lost') fail('lost')
    else if (fate === 'unheard') request(this.latencyMs, carryOut, () => fail('unheard of'))
    else if (fate === 'partly') request(this.latencyMs, partly, () => fail('done partly'))
    else if (fate === 'twice') {
      request(this.latencyMs, carryOut, () => {})
      request(this.latencyMs, carryOut, done)
    } else if (fate === 'late') {
      fail('taken for lost')
      request(this.latencyMs + this.#chance.wait(LATE_MS), carryOut, () => {})
    } else request(this.latencyMs, carryOut, done)
    return promise
  }

  /** A request that is carried out once, if it arrives. */
  askOnce<T>(actor: Actor, what: string, carryOut: () => Promise<T>): Promise<T> {
    if (this.#isCalm || !this.#chance.is(this.#conditions.faults.lost))
      return this.surely(actor, what, carryOut)
    return new Promise((_, reject) => {
      this.scheduler.after(this.latencyMs, actor, `${what}: lost`, () => reject(lostRequest()))
    })
  }

  /** Asks for what always arrives. */
  surely<T>(actor: Actor, what: string, carryOut: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const answer = (outcome: string, told: () => void): void => {
      this.scheduler.after(this.latencyMs, actor, `${what}: ${outcome}`, told)
    }
    this.scheduler.after(this.latencyMs, this.wire, `${actor.name} ${what}`, () => {
      carryOut().then(
        (result) => answer('done', () => resolve(result)),
        (error: unknown) => answer(String(error), () => reject(error)),
      )
    })
    return promise
  }

  #fate(): Fate {
    if (this.#isCalm) return 'fine'
    const { lost, unheard, twice, late, partly } = this.#conditions.faults
    const fine = Math.max(0, 1 - lost - unheard - twice - late - partly)
    return this.#chance.weighted<Fate>({ fine, lost, unheard, twice, late, partly })
  }
}
