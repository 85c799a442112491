import { setTimeout as sleep } from 'node:timers/promises'
import type { MatcherLaunch, MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import type { Settings } from '../../src/settings/settings.ts'
import type { Deployment } from '../integration/deployment.ts'

const RESTART_MS = 500

/** The matchers of a deployment, under a supervisor that starts those again that end by themselves. */
export class Fleet {
  readonly #deployment: Deployment
  readonly #brokers: string[] | undefined
  readonly #match: Partial<Settings['match']>
  readonly #launch: MatcherLaunch
  readonly #running = new Set<MatcherProcess>()
  readonly #logFiles: string[] = []
  readonly #ends: string[] = []
  readonly #restarts = new Set<Promise<void>>()
  #isDismissed = false

  /** @param brokers Where matchers reach the broker, if not where the deployment does. */
  constructor(
    deployment: Deployment,
    brokers: string[] | undefined,
    match: Partial<Settings['match']>,
    launch: MatcherLaunch = {},
  ) {
    this.#deployment = deployment
    this.#brokers = brokers
    this.#match = match
    this.#launch = launch
  }

  async start(brokers = this.#brokers): Promise<MatcherProcess> {
    const matcher = await this.#deployment.startMatcher(brokers, this.#match, {}, this.#launch)
    this.#running.add(matcher)
    this.#logFiles.push(matcher.logFile)
    void this.#supervise(matcher)
    return matcher
  }

  /** Those that run and are not about to be ended. */
  get running(): readonly MatcherProcess[] {
    return [...this.#running]
  }

  /** Of all that have run. */
  get logFiles(): readonly string[] {
    return this.#logFiles
  }

  /** How matchers have ended by themselves. */
  get ends(): readonly string[] {
    return this.#ends
  }

  /** What a metric without labels says of all that run. */
  async sum(metric: string): Promise<number> {
    const values = await Promise.all(this.running.map((matcher) => matcher.gauge(metric)))
    return values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
  }

  /** kill -9; resolves once the process is gone. */
  async kill(matcher: MatcherProcess): Promise<void> {
    this.#running.delete(matcher)
    process.kill(matcher.pid, 'SIGKILL')
    await matcher.exitCode
  }

  /** SIGTERM, as a deployment ends it; resolves with its exit code. */
  async end(matcher: MatcherProcess): Promise<number | null> {
    this.#running.delete(matcher)
    process.kill(matcher.pid, 'SIGTERM')
    return matcher.exitCode
  }

  /** Waits until those that have ended by themselves run again. */
  async whole(): Promise<void> {
    while (this.#restarts.size > 0) await Promise.all(this.#restarts)
  }

  /** No matcher is started again from now on. */
  async dismiss(): Promise<void> {
    this.#isDismissed = true
    this.#running.clear()
    await this.whole()
  }

  /** Resolves when a matcher has ended, with the start of another if it had not been asked to end. */
  async #supervise(matcher: MatcherProcess): Promise<void> {
    const code = await matcher.exitCode
    if (!this.#running.delete(matcher)) return
    this.#ends.push(`exit code ${code}: ${await matcher.died}`)
    const restart = this.#restart()
    this.#restarts.add(restart)
    await restart
    this.#restarts.delete(restart)
  }

  async #restart(): Promise<void> {
    await sleep(RESTART_MS)
    if (this.#isDismissed) return
    try {
      await this.start()
    } catch (error) {
      this.#ends.push(String(error))
      await this.#restart()
    }
  }
}
