// Before anything else is loaded.
// oxlint-disable-next-line import/no-unassigned-import
import './virtual-time.ts'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { loadPolicy, loadSettings } from '../../src/settings/load-settings.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import type { EventLog } from '../../src/log/event-log.ts'
import { BendableLog } from '../log/bendable-log.ts'
import { retroGroup } from '../../src/stream/retro/retro-stream.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { NaiveMatcher } from '../matcher/naive-matcher.ts'
import { Chance } from './chance.ts'
import { drawConditions, type Conditions } from './conditions.ts'
import { BrokenPromise, Judge } from './judge.ts'
import { MatcherProcess } from './matcher-process.ts'
import { Material, PLATFORMS } from './material.ts'
import { Network } from './network.ts'
import { People } from './people.ts'
import { Actor, NotQuietError, Scheduler } from './scheduler.ts'

const QUIET_WITHIN_MS = 10 * 60_000
const EVENTS_WITHIN_MS = 60 * 60_000
const REST_MS = 8_000
const CALM_BATCH_RECORDS = 1_000

const defaults = loadSettings(undefined, {})
const policy = loadPolicy()
const silent = createLogger('silent')

function settingsOf(conditions: Conditions, topics: Settings['topics']): Settings {
  const { partitions, retroShare, maxLagRecords, ...match } = conditions
  return {
    ...defaults,
    topics,
    provision: { ...defaults.provision, partitions },
    match: {
      ...defaults.match,
      threads: match.threads,
      index: match.index,
      sliceMs: match.sliceMs,
      cachedAnswers: match.cachedAnswers,
      canarySeconds: match.canarySeconds,
      minEntries: match.minEntries,
      retro: { share: retroShare, maxLagRecords },
    },
  }
}

/** What became of a seed. */
export interface Outcome {
  readonly seed: number
  /** What was not as promised; undefined: all was. */
  readonly failure: string | undefined
  readonly digest: string
  readonly steps: number
  readonly simulatedMs: number
  readonly conditions: Conditions
  /** What was found, and which faults struck: how often. */
  readonly seen: Readonly<Record<string, number>>
}

/** A fault of ours that is put in on purpose, for the time of one seed. */
export interface Bug {
  /** Another log around that of each process. */
  readonly around?: (log: EventLog) => EventLog
  /** Takes out what was put in elsewhere. */
  readonly takeOut?: () => void
}

export interface SimulationOptions {
  /** Gets each line of what happens. */
  readonly tell?: (line: string) => void
  readonly bug?: () => Bug
}

/** Runs one seed: the whole journey, with whatever the seed has go wrong, and judges it. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  const world = new World(seed, options)
  const unhandled = (error: unknown): void => world.fail(`an unhandled rejection: ${String(error)}`)
  process.on('unhandledRejection', unhandled)
  try {
    await world.run()
  } finally {
    process.off('unhandledRejection', unhandled)
    world.free()
  }
  return world.outcome
}

/** A deployment and all that happens to it. */
class World {
  readonly #seed: number
  readonly #options: SimulationOptions
  readonly #chance: Chance
  readonly #conditions: Conditions
  readonly #scheduler: Scheduler
  readonly #broker: Actor
  readonly #outside: Actor
  readonly #people: People
  readonly #topics: Settings['topics']
  readonly #network: Network
  readonly #log: BendableLog
  readonly #judge: Judge
  readonly #metrics = createMetrics({ ofProcess: false })
  readonly #processes: MatcherProcess[] = []
  #platforms = 1
  #eventsLeft: number
  #failure: string | undefined
  #bug: Bug | undefined
  #isSetUp = false

  constructor(seed: number, options: SimulationOptions) {
    const chance = new Chance(seed)
    this.#seed = seed
    this.#options = options
    this.#conditions = drawConditions(chance.fork())
    const { files, events, lookMs, timersLateMs, mostBatchRecords } = this.#conditions
    this.#scheduler = new Scheduler(chance.fork(), lookMs, timersLateMs, options.tell)
    this.#broker = new Actor(this.#scheduler, 'broker')
    this.#outside = new Actor(this.#scheduler, 'people')
    this.#network = new Network(this.#broker, chance.fork(), this.#conditions)
    const batches = chance.fork()
    this.#log = new BendableLog({
      clock: () => this.#scheduler.nowMs,
      // Once all is calm, looking back record by record would be slower than canaries come.
      batchOffsets: () => (this.#network.isCalm ? CALM_BATCH_RECORDS : batches.between(1, mostBatchRecords)),
    })
    this.#topics = { ...defaults.topics, reportsPerPlatform: this.#conditions.topicPerPlatform }
    this.#people = new People({
      actor: this.#outside,
      log: this.#log,
      topics: this.#topics,
      partitions: this.#conditions.partitions,
      material: new Material(chance.fork(), files),
      chance: chance.fork(),
    })
    this.#chance = chance
    this.#eventsLeft = events
    this.#judge = new Judge({
      log: this.#log,
      topics: this.#topics,
      naive: new NaiveMatcher(policy),
      group: defaults.match.group,
    })
  }

  get outcome(): Outcome {
    return {
      seed: this.#seed,
      failure: this.#failure,
      digest: this.#scheduler.digest,
      steps: this.#scheduler.steps,
      simulatedMs: this.#scheduler.elapsedMs,
      conditions: this.#conditions,
      seen: { ...this.#judge.sightings, ...Object.fromEntries(this.#network.struck) },
    }
  }

  fail(what: string): void {
    this.#failure ??= what
  }

  free(): void {
    for (const process of this.#processes) process.free()
  }

  async run(): Promise<void> {
    this.#bug = this.#options.bug?.()
    try {
      await this.#run()
    } catch (error) {
      if (error instanceof BrokenPromise) this.fail(error.message)
      else if (error instanceof NotQuietError) this.fail(`${error.message} ${await this.#waitingFor()}`)
      else throw error
    } finally {
      this.#bug?.takeOut?.()
    }
  }

  async #run(): Promise<void> {
    this.#scheduler.after(0, this.#outside, 'the deployment begins', () => {
      void this.#setUp()
    })
    await this.#until(() => this.#isSetUp, EVENTS_WITHIN_MS)
    for (let n = this.#conditions.startProcesses; n > 0; n--) this.#startProcess()
    this.#planEvent()
    await this.#until(() => this.#eventsLeft === 0, EVENTS_WITHIN_MS)
    this.#calmDown()
    const ends = this.#judge.ends()
    await this.#until(() => this.#judge.hasCommitted(ends), QUIET_WITHIN_MS)
    if (this.#conditions.canarySeconds === 0) this.#keepPartitionsMoving()
    await this.#until(() => this.#hasLookedBack, QUIET_WITHIN_MS)
    await this.#until(() => this.#isReady, QUIET_WITHIN_MS)
    this.#judge.judgeAll()
    this.#throwVerdict()
    const { values } = await this.#metrics.canariesMissed.get()
    const missed = values.find(({ value }) => value > 0)
    if (missed) this.fail(`a canary of ${missed.labels.type} was read and not found`)
  }

  async #setUp(): Promise<void> {
    await this.#people.makeTopics()
    await publishCanaries(this.#log, this.#topics.knownHashes)
    await this.#judge.watch()
    await this.#judge.watchReports(this.#people.reportTopics)
    if (this.#chance.is(0.8)) await this.#people.publishAnchors(1)
    this.#isSetUp = true
  }

  /** One more platform gets its topic, under matchers that run. */
  async #newPlatform(): Promise<void> {
    if (!this.#conditions.topicPerPlatform || this.#platforms === PLATFORMS.length) return
    await this.#people.makeTopics(++this.#platforms)
    await this.#judge.watchReports(this.#people.reportTopics)
  }

  async #until(holds: () => boolean, limitMs: number): Promise<void> {
    await this.#scheduler.runUntil(() => {
      this.#throwVerdict()
      if (this.#failure !== undefined) throw new BrokenPromise(this.#failure)
      return holds()
    }, limitMs)
  }

  #throwVerdict(): void {
    if (this.#judge.verdict) throw this.#judge.verdict
  }

  #planEvent(): void {
    const { weights, rests, meanGapMs } = this.#conditions
    const kind = this.#chance.weighted(weights)
    const gapMs = this.#chance.wait(this.#chance.is(rests) ? REST_MS : meanGapMs)
    this.#scheduler.after(gapMs, this.#outside, kind, () => {
      this.#happen(kind)
      if (--this.#eventsLeft > 0) this.#planEvent()
    })
  }

  #happen(kind: keyof Conditions['weights']): void {
    const chance = this.#chance
    const working = this.#processes.filter(({ isWorking }) => isWorking)
    const process = chance.from(working)
    this.#network.strike(kind)
    switch (kind) {
      case 'report':
        return void this.#people.report()
      case 'report again':
        return void this.#people.reportAgain()
      case 'rubbish':
        return void this.#people.rubbish()
      case 'list':
        return void this.#people.changeList()
      case 'platform':
        return void this.#newPlatform()
      case 'start':
        if (working.length < this.#conditions.mostProcesses) this.#startProcess()
        return
      case 'stop':
        return process?.stop()
      case 'crash':
        return process?.crash()
      case 'pause':
        return process?.pause(chance.wait(2 * this.#conditions.sessionMs))
      case 'thread death':
        return process?.killThread((threads) => chance.from(threads))
      case 'rebalance':
        return this.#log.rebalance(defaults.match.group)
      case 'gap':
        return this.#people.leaveGap()
    }
  }

  #startProcess(): void {
    const { threads, sessionMs, feedLagMs } = this.#conditions
    const process = new MatcherProcess(`p${this.#processes.length + 1}`, {
      log: this.#log,
      network: this.#network,
      watch: this.#judge,
      settings: settingsOf(this.#conditions, this.#topics),
      policy,
      threads,
      sessionMs,
      feedLagMs: this.#chance.is(0.5) ? feedLagMs : 0,
      metrics: this.#metrics,
      logger: this.#options.tell ? this.#traceLogger(this.#options.tell) : silent,
      around: this.#bug?.around ?? ((log) => log),
      onFailure: (error) => this.fail(`a process ended by itself: ${String(error)}`),
    })
    this.#processes.push(process)
    process.start()
  }

  /** From now on nothing goes wrong, and somebody works. */
  #calmDown(): void {
    this.#scheduler.note(this.#outside, 'all is calm from now on')
    this.#network.calmDown()
    for (const process of this.#processes) process.resume()
    void this.#people.publishAnchors(this.#conditions.minEntries)
    if (!this.#processes.some(({ isWorking }) => isWorking)) this.#startProcess()
    this.#keepSomebodyWorking()
  }

  /** A process that ends by itself is started again, as its supervisor would. */
  #keepSomebodyWorking(): void {
    this.#scheduler.after(1_000, this.#outside, 'a look at the processes', () => {
      if (!this.#processes.some(({ isWorking }) => isWorking)) this.#startProcess()
      this.#keepSomebodyWorking()
    })
  }

  /** Without canaries positions go on only with reports. */
  #keepPartitionsMoving(): void {
    this.#scheduler.after(1_000, this.#outside, 'reports of nothing known', () => {
      this.#keepPartitionsMoving()
      if (this.#judge.hasCommitted(this.#judge.ends())) void this.#people.fill()
    })
  }

  get #hasLookedBack(): boolean {
    return this.#judge.lookedBackTo >= this.#judge.history.end
  }

  get #isReady(): boolean {
    return this.#processes.every(({ isWorking, health }) => !isWorking || health.isReady)
  }

  async #waitingFor(): Promise<string> {
    const { reportTopics } = this.#people
    const commits = await Promise.all(
      reportTopics.map((topic) => this.#log.committed(defaults.match.group, topic)),
    )
    const retro = await this.#log.committed(retroGroup(defaults.match.group), this.#topics.knownHashes)
    const health = this.#processes
      .filter(({ isWorking }) => isWorking)
      .map(({ actor, health: { waitingFor } }) => `${actor.name} ${JSON.stringify(waitingFor)}`)
    const said = JSON.stringify({
      ends: [...this.#judge.ends()],
      commits,
      known: this.#judge.history.end,
      retro,
    })
    return `${said} ${health.join(' ')}`
  }

  #traceLogger(tell: (line: string) => void): pino.Logger {
    const stream = new Writable({
      write: (line: Buffer, _, done) => {
        tell(`${' '.repeat(22)}log: ${line.toString().trim()}`)
        done()
      },
    })
    return pino({ level: 'info', base: null, timestamp: false }, stream)
  }
}
