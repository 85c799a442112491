// Before anything else is loaded.
// oxlint-disable-next-line import/no-unassigned-import
import './virtual-time.ts'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import type { Report } from '../../src/contract/report.ts'
import { loadPolicy, loadSettings } from '../../src/settings/load-settings.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { publishCanaries } from '../../src/stream/canary-entries.ts'
import type { EventLog } from '../../src/stream/event-log.ts'
import { MemoryLog } from '../../src/stream/memory-log.ts'
import { retroGroup } from '../../src/stream/retro/retro-stream.ts'
import { applyTopics, wantedTopics } from '../../src/stream/topics.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { NaiveMatcher } from '../matcher/naive-matcher.ts'
import { Chance } from './chance.ts'
import { drawConditions, type Conditions } from './conditions.ts'
import { BrokenPromise, Judge } from './judge.ts'
import { MatcherProcess } from './matcher-process.ts'
import { Material } from './material.ts'
import { Network } from './network.ts'
import { Actor, NotQuietError, Scheduler } from './scheduler.ts'

const QUIET_WITHIN_MS = 10 * 60_000
const EVENTS_WITHIN_MS = 60 * 60_000

const defaults = loadSettings(undefined, {})
const { topics } = defaults
const policy = loadPolicy()
const silent = createLogger('silent')

function settingsOf(conditions: Conditions): Settings {
  const { partitions, retroShare, maxLagRecords, ...match } = conditions
  return {
    ...defaults,
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
  const unhandled = (error: unknown): void => world.fail(`a rejection that nobody handles: ${String(error)}`)
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
  readonly #people: Actor
  readonly #network: Network
  readonly #log: MemoryLog
  readonly #judge: Judge
  readonly #material: Material
  readonly #metrics = createMetrics({ ofProcess: false })
  readonly #processes: MatcherProcess[] = []
  readonly #entries = new Map<string, KnownHash>()
  readonly #reports: Report[] = []
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
    this.#people = new Actor(this.#scheduler, 'people')
    this.#network = new Network(this.#broker, chance.fork(), this.#conditions)
    const batches = chance.fork()
    this.#log = new MemoryLog({
      clock: () => this.#scheduler.nowMs,
      batchRecords: () => batches.between(1, mostBatchRecords),
    })
    this.#material = new Material(chance.fork(), files)
    this.#chance = chance
    this.#eventsLeft = events
    this.#judge = new Judge({
      log: this.#log,
      topics,
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
    this.#scheduler.after(0, this.#people, 'the deployment begins', () => {
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
    const { partitions } = this.#conditions
    await applyTopics(this.#log, wantedTopics(topics, partitions), topics, 1)
    await publishCanaries(this.#log, topics.knownHashes)
    await this.#judge.watch()
    if (this.#chance.is(0.8)) await this.#publish(this.#material.anchor())
    this.#isSetUp = true
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
    const kind = this.#chance.weighted(this.#conditions.weights)
    this.#scheduler.after(this.#chance.wait(this.#conditions.meanGapMs), this.#people, kind, () => {
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
        return void this.#report()
      case 'report again':
        return void this.#reportAgain()
      case 'rubbish':
        return void this.#submit('rubbish', chance.of(['', '{', '{"schema":"report/1"}']))
      case 'list':
        return void this.#changeList()
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
    }
  }

  async #report(): Promise<void> {
    for (let n = this.#chance.between(1, 3); n > 0; n--) {
      const report = this.#material.report(`r${this.#reports.length}`)
      this.#reports.push(report)
      await this.#submit(report.reportId, JSON.stringify(report))
    }
  }

  async #reportAgain(): Promise<void> {
    const before = this.#chance.from(this.#reports)
    if (!before) return
    // Now and then something else under the same id, which nobody should do.
    const { hashes } = this.#chance.is(0.3) ? this.#material.report(before.reportId) : before
    const mediaType = hashes === before.hashes ? before.mediaType : 'video'
    await this.#submit(before.reportId, JSON.stringify({ ...before, hashes, mediaType }))
  }

  async #submit(key: string, value: string): Promise<void> {
    this.#scheduler.note(this.#people, `report ${key}`)
    const partition = this.#chance.below(this.#conditions.partitions)
    await this.#log.produceTo(topics.reports, partition, { key, value })
  }

  async #changeList(): Promise<void> {
    const [key, listed] = this.#chance.from([...this.#entries]) ?? []
    if (key === undefined || !listed || this.#chance.is(0.6)) await this.#publish(this.#material.entry())
    else {
      this.#entries.delete(key)
      this.#scheduler.note(this.#people, `removes ${described(listed)}`)
      await this.#log.produce(topics.knownHashes, [{ key, value: null }])
    }
  }

  async #publish(entry: KnownHash): Promise<void> {
    const key = knownHashKey(entry)
    this.#entries.set(key, entry)
    this.#scheduler.note(this.#people, `lists ${described(entry)}`)
    await this.#log.produce(topics.knownHashes, [{ key, value: encodeKnownHash(entry) }])
  }

  #startProcess(): void {
    const { threads, sessionMs, feedLagMs } = this.#conditions
    const process = new MatcherProcess(`p${this.#processes.length + 1}`, {
      log: this.#log,
      network: this.#network,
      watch: this.#judge,
      settings: settingsOf(this.#conditions),
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
    this.#scheduler.note(this.#people, 'all is calm from now on')
    this.#network.calmDown()
    for (const process of this.#processes) process.resume()
    for (let n = this.#conditions.minEntries; n > 0; n--) void this.#publish(this.#material.anchor())
    if (!this.#processes.some(({ isWorking }) => isWorking)) this.#startProcess()
    this.#keepSomebodyWorking()
  }

  /** A process that ends by itself is started again, as whoever runs it would. */
  #keepSomebodyWorking(): void {
    this.#scheduler.after(1_000, this.#people, 'a look at the processes', () => {
      if (!this.#processes.some(({ isWorking }) => isWorking)) this.#startProcess()
      this.#keepSomebodyWorking()
    })
  }

  /** Without canaries positions go on only with reports. */
  #keepPartitionsMoving(): void {
    const { partitions } = this.#conditions
    this.#scheduler.after(1_000, this.#people, 'reports of nothing known', () => {
      this.#keepPartitionsMoving()
      if (!this.#judge.hasCommitted(this.#judge.ends())) return
      for (let partition = 0; partition < partitions; partition++) {
        const report = { ...this.#material.report(`filler-${partition}`), hashes: [FILLER] }
        void this.#log.produceTo(topics.reports, partition, {
          key: report.reportId,
          value: JSON.stringify(report),
        })
      }
    })
  }

  get #hasLookedBack(): boolean {
    return this.#judge.lookedBackTo >= this.#judge.history.end
  }

  get #isReady(): boolean {
    return this.#processes.every(({ isWorking, health }) => !isWorking || health.isReady)
  }

  async #waitingFor(): Promise<string> {
    const commits = await this.#log.committed(defaults.match.group, topics.reports)
    const retro = await this.#log.committed(retroGroup(defaults.match.group), topics.knownHashes)
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

const FILLER = { type: 'sha256', value: '0'.repeat(64) } as const

const described = ({ type, role, source, sourceId, classification }: KnownHash): string =>
  `${role} ${type} ${source}:${sourceId} ${classification.code}`
