// Three matchers at 70 % of what they can do: one is killed and replaced, one frozen, and one added.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { pageOf } from '../../../src/cli/top/page.ts'
import type { FleetPicture } from '../../../src/contract/fleet.ts'
import { seededRandom } from '../../../src/sample/random-hash.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import type { Settings } from '../../../src/settings/settings.ts'
import { publishCanaries } from '../../../src/stream/topics/canary-entries.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { Deployment } from '../../integration/deployment.ts'
import { CommitAge } from '../commit-age.ts'
import { FaultMissed } from '../fault.ts'
import { untilLookedBack, untilSettled } from '../fault-run.ts'
import { Fleet } from '../fleet.ts'
import { backwardCommits, readGroupHistory } from '../group-history.ts'
import { KnownList } from '../known-list.ts'
import { judge, type Verdict } from '../oracle.ts'
import { stateOf } from '../process-state.ts'
import { ReviewServices } from '../review-services.ts'
import { RecoveryWatch } from './recovery-watch.ts'
import { SteadyTraffic } from './steady-traffic.ts'

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const MATCHERS = 3
/** Each number of matchers from two to four has equal shares. */
const PARTITIONS = 12
const KNOWN_HASHES = 2_000
const LOAD = 0.7
const WARM_UP_MS = 8_000
const MEASURED_MS = 12_000
const STEADY_MS = 15_000
const READY_WITHIN_MS = 120_000
/** Age of the oldest uncommitted report, in seconds, below which nothing waits; and for how long, in milliseconds. */
const UNDER_SECONDS = 1
const STAYS_MS = 5_000
/** From an event until the age is under a second again. */
const TARGET_SECONDS = 60
const GIVE_UP_MS = 180_000
/** After an event `top` is asked when it knows: a process that has said nothing for 10 s is silent. */
const TOP_AFTER_MS = 11_000
const LOOK_MS = 100

export interface AtLoadOptions {
  readonly brokers: string
  readonly seed: number
  /** Where the logs and what `top` showed go. */
  readonly folder: string
  readonly say: (line: string) => void
  /** Gets the console's address, if there is to be a review service. */
  readonly onReview?: ((url: string) => void) | undefined
  /** Before the deployment ends. */
  readonly onEnd?: (result: AtLoadResult) => Promise<void>
}

interface LoadEvent {
  readonly event: string
  /** Until the oldest uncommitted report was younger than a second, and stayed so for five; 0 if none ever was older. */
  readonly secondsUntilUnderOne: number
  readonly mostSecondsUncommitted: number
  /** Codes of the problems that `hashwarden top` showed 11 s after it. */
  readonly topSaid: string
}

export interface AtLoadResult extends Verdict {
  readonly capacityPerSecond: number
  readonly loadPerSecond: number
  readonly sessionTimeoutSeconds: number
  readonly reportsInAll: number
  readonly steadyMostSecondsUncommitted: number
  readonly events: readonly LoadEvent[]
}

interface Run {
  readonly options: AtLoadOptions
  readonly deployment: Deployment
  /** As the processes have them. */
  readonly settings: Settings
  readonly fleet: Fleet
  readonly age: CommitAge
  readonly traffic: SteadyTraffic
  readonly list: KnownList
  readonly events: LoadEvent[]
}

export async function runAtLoad(options: AtLoadOptions): Promise<AtLoadResult> {
  await using deployment = await Deployment.on(options.brokers, {}, PARTITIONS)
  await using review = options.onReview && (await ReviewServices.prepare(deployment))
  if (review) options.onReview?.((await review.start()).url)
  const { log, settings } = deployment
  const random = seededRandom(options.seed)
  const list = new KnownList(deployment, seededRandom(random() * 2 ** 32), KNOWN_HASHES)
  const age = new CommitAge({ log, group: settings.match.group, topic: settings.topics.reports })
  // As by default: a deployment of tests has neither canaries nor looks back.
  const { canarySeconds, retro } = loadSettings().match
  const fleet = new Fleet(deployment, undefined, { threads: 1, canarySeconds, retro })
  const traffic = new SteadyTraffic(deployment, list, age, seededRandom(random() * 2 ** 32))
  const run = {
    options,
    deployment,
    settings: review?.settings ?? settings,
    fleet,
    age,
    traffic,
    list,
    events: [],
  }
  rmSync(options.folder, { recursive: true, force: true })
  mkdirSync(options.folder, { recursive: true })
  try {
    const result = await loadAndJudge(run)
    await options.onEnd?.(result)
    return result
  } finally {
    await fleet.dismiss()
    cpSync(deployment.folder, options.folder, { recursive: true })
  }
}

async function loadAndJudge(run: Run): Promise<AtLoadResult> {
  const { deployment, fleet, age, traffic, list, events, options } = run
  const { log, settings } = deployment
  await list.publish()
  await publishCanaries(log, settings.topics.knownHashes)
  await Promise.all(Array.from({ length: MATCHERS }, () => fleet.start()))
  await untilReady(fleet)
  // Of the list as it is: later there would be many reports to look at.
  await untilLookedBack(deployment)
  const over = new AbortController()
  const ageing = age.run(over.signal)
  const capacityPerSecond = await measureCapacity(run)
  const loadPerSecond = Math.round(capacityPerSecond * LOAD)
  options.say(`Capacity ${capacityPerSecond} reports a second; the load is ${loadPerSecond}`)
  await eventually(() => Promise.resolve(age.seconds < UNDER_SECONDS), GIVE_UP_MS)
  const stopping = new AbortController()
  const flowing = traffic.flow(loadPerSecond, stopping.signal)
  let steadyMostSecondsUncommitted = 0
  try {
    await sleep(STAYS_MS)
    age.takeLongest()
    await sleep(STEADY_MS)
    steadyMostSecondsUncommitted = tenths(age.takeLongest())
    options.say(`Steady: at most ${steadyMostSecondsUncommitted} s uncommitted`)
    await top(run, 'steady')
    await strikeAll(run)
  } finally {
    stopping.abort()
    await flowing
  }
  options.say(`Traffic ended: ${traffic.count} reports acknowledged; settling…`)
  await untilSettled(deployment, fleet)
  over.abort()
  await ageing
  const { problems, reports, ...verdict } = await judge(deployment, traffic, list, new Set())
  const history = await readGroupHistory(log, settings.match.group)
  return {
    capacityPerSecond,
    loadPerSecond,
    sessionTimeoutSeconds: (settings.kafka.sessionTimeoutMs ?? 0) / 1000,
    reportsInAll: traffic.count,
    reports,
    ...verdict,
    steadyMostSecondsUncommitted,
    problems: [
      ...problems,
      ...backwardCommits(history, settings.topics.reports, false).map((one) => `a commit went back: ${one}`),
      ...fleet.ends.map((end) => `a matcher ended by itself: ${end}`),
      ...events
        .filter(({ secondsUntilUnderOne }) => secondsUntilUnderOne > TARGET_SECONDS)
        .map(({ event, secondsUntilUnderOne }) => `${event}: ${secondsUntilUnderOne} s until nothing waited`),
    ],
    events,
  }
}

const untilReady = (fleet: Fleet): Promise<void> =>
  eventually(async () => {
    const answers = await Promise.all(fleet.running.map(({ url }) => fetch(`${url}/readyz`)))
    return answers.every(({ status }) => status === 200)
  }, READY_WITHIN_MS)

/** What the matchers commit a second while reports wait, with the traffic's own cost on the same processors. */
async function measureCapacity({ traffic, age }: Run): Promise<number> {
  const stopping = new AbortController()
  const flowing = traffic.saturate(stopping.signal)
  await sleep(WARM_UP_MS)
  const [fromMs, from] = [performance.now(), age.committed]
  await sleep(MEASURED_MS)
  const perSecond = ((age.committed - from) / (performance.now() - fromMs)) * 1000
  stopping.abort()
  await flowing
  return Math.round(perSecond)
}

async function strikeAll(run: Run): Promise<void> {
  const { fleet } = run
  const [first, second] = fleet.running
  await strike(run, 'one of three killed (SIGKILL)', () => fleet.kill(first))
  await strike(run, 'another one started in its place', () => fleet.start())
  await strike(run, 'one of three frozen (SIGSTOP)', () => {
    process.kill(second.pid, 'SIGSTOP')
  })
  if (stateOf(second.pid) !== 'T') throw new FaultMissed(`Process ${second.pid} was not stopped`)
  await strike(run, 'it goes on (SIGCONT)', () => {
    process.kill(second.pid, 'SIGCONT')
  })
  await strike(run, 'a fourth one added', () => fleet.start())
}

/** Lets something happen, and measures how long reports wait after it. */
async function strike(run: Run, event: string, happen: () => unknown): Promise<void> {
  const { age, events, options } = run
  age.takeLongest()
  options.say(`${event}…`)
  const startedMs = performance.now()
  const watch = new RecoveryWatch(startedMs, UNDER_SECONDS)
  const progress = { isShown: false }
  // A start lasts seconds, in which the load goes on: the age is looked at meanwhile.
  const shown = happenAndShow(run, event, happen).finally(() => (progress.isShown = true))
  const watching = (async () => {
    // What a session that ends, or one that begins, does to the others comes later than the event.
    while (performance.now() - startedMs < GIVE_UP_MS && !(progress.isShown && watch.wellMs > STAYS_MS)) {
      await sleep(LOOK_MS)
      watch.look(performance.now(), age.seconds)
    }
  })()
  const [topSaid] = await Promise.all([shown, watching])
  const secondsUntilUnderOne = tenths(watch.secondsUntilUnder)
  const mostSecondsUncommitted = tenths(age.takeLongest())
  events.push({ event, secondsUntilUnderOne, mostSecondsUncommitted, topSaid })
  options.say(`${event}: under a second after ${secondsUntilUnderOne} s, at most ${mostSecondsUncommitted} s`)
}

/** Lets something happen, and says what `top` shows of it a little later. */
async function happenAndShow(run: Run, event: string, happen: () => unknown): Promise<string> {
  await happen()
  await sleep(TOP_AFTER_MS)
  return top(run, event)
}

/** Keeps what `hashwarden top` shows now, and returns the codes of the problems. */
async function top({ settings, options }: Run, moment: string): Promise<string> {
  const configFile = join(options.folder, 'top.yaml')
  writeFileSync(configFile, stringify(settings))
  // Exit code 2 says that something is wrong: the picture is there all the same.
  const { stdout } = await promisify(execFile)(process.execPath, [
    MAIN,
    'top',
    '--json',
    '--config',
    configFile,
  ]).catch((error: unknown) => ({ stdout: String(Reflect.get(Object(error), 'stdout')) }))
  // What the command prints for programs.
  const picture = JSON.parse(stdout) as FleetPicture
  const page = pageOf(picture, { columns: Infinity }).map(({ text }) => `${text}\n`)
  writeFileSync(join(options.folder, `top-${moment.replaceAll(/[^a-z]+/gi, '-')}.txt`), page.join(''))
  return [...new Set(picture.problems.map(({ code }) => code))].join(', ') || 'all is well'
}

const tenths = (seconds: number): number => Math.round(seconds * 10) / 10
