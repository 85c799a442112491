import { startMatchService, type MatchService } from '../../src/cli/match-service.ts'
import type { Policy } from '../../src/policy/policy.ts'
import type { Settings } from '../../src/settings/settings.ts'
import type { EventLog } from '../../src/log/event-log.ts'
import type { BendableLog } from '../log/bendable-log.ts'
import type { SetCalls, StartThread } from '../../src/stream/threads/thread-calls.ts'
import { MatcherThread } from '../../src/stream/threads/matcher-thread.ts'
import { Health } from '../../src/telemetry/health.ts'
import type { Logger } from '../../src/telemetry/log.ts'
import type { Metrics } from '../../src/telemetry/metrics.ts'
import type { Network } from './network.ts'
import { OrderedLine } from './ordered-line.ts'
import { ProcessLog, type BrokerWatch } from './process-log.ts'
import { Actor } from './scheduler.ts'

/** Between two threads of a process a message takes about this time. */
const HOP_MS = 0.1

export interface ProcessOptions {
  readonly log: BendableLog
  readonly network: Network
  readonly watch: BrokerWatch
  readonly settings: Settings
  readonly policy: Policy
  readonly threads: number
  readonly sessionMs: number
  readonly feedLagMs: number
  readonly metrics: Metrics
  readonly logger: Logger
  /** A fault that is put in on purpose: another log around the process's own. */
  readonly around: (log: EventLog) => EventLog
  /** It has ended by itself, because of an error. */
  readonly onFailure: (error: unknown) => void
}

/** A thread of a simulated process. */
interface SimulatedThread {
  readonly actor: Actor
  readonly member: MatcherThread
  die(): void
}

/** One process of the deployment: the real matcher, on a log that takes its time. It can be stopped, killed and paused. */
export class MatcherProcess {
  readonly actor: Actor
  readonly health = new Health()
  readonly #options: ProcessOptions
  readonly #threads = new Set<SimulatedThread>()
  /** Those that have ended, too: each holds a place at the set until it is closed. */
  readonly #members: MatcherThread[] = []
  readonly #starting = new AbortController()
  #service: MatchService | undefined
  #isStopping = false

  constructor(name: string, options: ProcessOptions) {
    this.#options = options
    this.actor = new Actor(options.network.scheduler, name)
  }

  get isAlive(): boolean {
    return this.actor.isAlive
  }

  /** Whether it is there to work, now or once it goes on. */
  get isWorking(): boolean {
    return this.isAlive && !this.#isStopping
  }

  start(): void {
    this.actor.run(() => void this.#start())
  }

  /** As a signal asks it to: it finishes its work in hand and leaves the groups. */
  stop(): void {
    const service = this.#service
    if (this.#isStopping) return
    this.#isStopping = true
    if (!service) return this.crash()
    this.#note('is asked to stop')
    this.actor.run(() => {
      service.stop().then(
        () => this.#end('has stopped'),
        (error: unknown) => this.#fail(error),
      )
    })
  }

  /** It is gone, between any two steps; the broker finds out when it hasn't heard of it for a while. */
  crash(): void {
    this.#end('crashes')
  }

  /** It does nothing for this time, and then goes on as if nothing had been. */
  pause(forMs: number): void {
    const { scheduler, wire } = this.#options.network
    if (!this.isAlive || this.actor.isPaused) return
    this.#note(`is paused for ${Math.round(forMs)} ms`)
    this.actor.pause()
    scheduler.after(forMs, wire, 'end of a pause', () => this.resume())
  }

  resume(): void {
    if (!this.actor.isPaused) return
    this.#note('goes on')
    this.actor.resume()
  }

  /** One of its threads dies, if it has any. */
  killThread(choose: (threads: readonly SimulatedThread[]) => SimulatedThread | undefined): void {
    if (this.isAlive) choose([...this.#threads])?.die()
  }

  /** Frees what a dead process would have freed by ending. */
  free(): void {
    for (const member of this.#members) member.close()
  }

  async #start(): Promise<void> {
    const { settings, policy, threads, metrics, logger } = this.#options
    this.#note('starts')
    try {
      this.#service = await startMatchService({
        log: this.#logOf(this.actor),
        settings,
        policy,
        threads,
        startThread: this.#startThread,
        metrics,
        health: this.health,
        logger,
        listener: {
          onFailure: () => {},
          onRecovery: () => {},
          onStalled: () => {},
          onOffsetOutOfRange: () => {},
        },
        signal: this.#starting.signal,
        onSetLost: (loss) => this.#fail(new Error(`The set was lost: ${loss}`)),
      })
    } catch (error) {
      this.#fail(error)
    }
  }

  #end(how: string): void {
    if (!this.isAlive) return
    this.#note(how)
    this.actor.die()
  }

  #fail(error: unknown): void {
    this.#note(`fails: ${String(error)}`)
    this.#options.onFailure(error)
    this.crash()
  }

  #note(what: string): void {
    this.#options.network.scheduler.note(this.actor, what)
  }

  #logOf(actor: Actor): EventLog {
    const { log, network, watch, sessionMs, feedLagMs, around } = this.#options
    return around(new ProcessLog({ actor, log, network, watch, sessionMs, feedLagMs }))
  }

  /** A matcher thread that is none: the same member of the group, in its own time. */
  readonly #startThread: StartThread = (order, answers) => {
    const { network, metrics, logger } = this.#options
    const { scheduler } = network
    const actor = new Actor(scheduler, `${this.actor.name}.${order.number}`, this.actor)
    const lines = [0, 1].map(() => new OrderedLine(scheduler, () => scheduler.chance.wait(HOP_MS)))
    const ended = Promise.withResolvers<NodeJS.ErrnoException | undefined>()
    const [toMain, toThread] = lines
    const ask = <T>(what: string, work: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        toMain.send(this.actor, `${actor.name} asks: ${what}`, () => {
          work().then(
            (result) => toThread.send(actor, `answer: ${what}`, () => resolve(result)),
            (error: unknown) => toThread.send(actor, `no answer: ${what}`, () => reject(error)),
          )
        })
      })
    const main: Pick<SetCalls, 'match' | 'catchUp' | 'owns'> = {
      match: (reports) => ask(`match ${reports.length}`, async () => answers.match(reports)),
      catchUp: () => ask('catch up', () => answers.catchUp()),
      owns: (partitions) =>
        toMain.send(this.actor, `${actor.name} owns ${partitions.length}`, () => answers.owns(partitions)),
    }
    const health = new Health(undefined, (part, why) => {
      toMain.send(this.actor, `${actor.name}: ${part} ${why ?? 'is ready'}`, () => answers.waitFor(part, why))
    })
    const log = this.#logOf(actor)
    const member = actor.run(() => new MatcherThread({ order, log, main, metrics, health, logger }))
    this.#members.push(member)
    const end = (error?: Error): void => {
      actor.die()
      this.#threads.delete(thread)
      member.close()
      toMain.send(this.actor, `${actor.name} has ended`, () => ended.resolve(error))
    }
    const thread: SimulatedThread = {
      actor,
      member,
      die: () => {
        if (!actor.isAlive) return
        scheduler.note(actor, 'dies')
        end(new Error('It was killed.'))
      },
    }
    this.#threads.add(thread)
    toThread.send(actor, 'starts', () => {
      member.start().catch((error: unknown) => {
        scheduler.note(actor, `fails: ${String(error)}`)
        thread.die()
      })
    })
    const stop = async (stopped: () => void): Promise<void> => {
      await member.stop()
      await log.close()
      toMain.send(this.actor, `${actor.name} has stopped`, stopped)
      end()
    }
    return {
      metrics: async () => [],
      beCautious: (caution) => toThread.send(actor, 'gets a caution', () => member.beCautious(caution)),
      stop: () =>
        new Promise((resolve, reject) => {
          void ended.promise.then(() => reject(new Error('The thread has ended.')))
          toThread.send(actor, 'is asked to stop', () => {
            stop(resolve).catch(reject)
          })
        }),
      ended: ended.promise,
    }
  }
}
