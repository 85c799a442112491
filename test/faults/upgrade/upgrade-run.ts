// A rolling upgrade and the way back, under traffic: matchers and the review service of two versions in one deployment.
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import type { MatcherProcess } from '../../../src/cli/local/matcher-process.ts'
import type { FleetPicture } from '../../../src/contract/fleet.ts'
import { seededRandom } from '../../../src/sample/random-hash.ts'
import type { Settings } from '../../../src/settings/settings.ts'
import { publishCanaries } from '../../../src/stream/topics/canary-entries.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { Deployment } from '../../integration/deployment.ts'
import { CommitAge } from '../commit-age.ts'
import { untilSettled } from '../fault-run.ts'
import { Fleet } from '../fleet.ts'
import { backwardCommits, readGroupHistory } from '../group-history.ts'
import { KnownList } from '../known-list.ts'
import { judge, told, type Verdict } from '../oracle.ts'
import { PlantedTraffic } from '../planted-traffic.ts'
import { ReviewServices, type ReviewProcess } from '../review-services.ts'
import type { Checkout } from './other-version.ts'
import { ReadinessWatch } from './readiness-watch.ts'

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const MATCHERS = 3
const PARTITIONS = 6
/** 3 s: so that each version has written it before the other one starts. */
const SNAPSHOT_MINUTES = 0.05
const READY_WITHIN_MS = 120_000
/** Both versions side by side, under traffic. */
const CALM_MS = 4_000

export interface UpgradeOptions {
  readonly brokers: string
  readonly from: Checkout
  readonly seed: number
  readonly reportsPerSecond: number
  /** Where the logs go. */
  readonly logsFolder: string
  readonly say: (line: string) => void
}

export interface UpgradeResult extends Verdict {
  readonly hitsInTheStore: number
  /** From a matcher's start to its first answer that it is ready, at most. */
  readonly mostSecondsToReady: number
  readonly readinessAnswers: number
  readonly mostSecondsUncommitted: number
  /** What became of the snapshot of the other version, by the log of its reader. */
  readonly snapshots: Readonly<Record<string, string>>
  readonly processesSeenByTheOlderTop: number
  readonly processesSeenByTheNewerTop: number
}

/** A version in the run: the older one from its checkout, the newer one from here. */
interface Side {
  readonly name: 'older' | 'newer'
  readonly version: Checkout | undefined
  readonly fleet: Fleet
}

interface Run {
  readonly options: UpgradeOptions
  readonly deployment: Deployment
  readonly review: ReviewServices
  readonly watch: ReadinessWatch
  readonly older: Side
  readonly newer: Side
  readonly snapshotFile: string
  readonly problems: string[]
}

export async function runUpgrade(options: UpgradeOptions): Promise<UpgradeResult> {
  await using deployment = await Deployment.on(options.brokers, {}, PARTITIONS)
  await using review = await ReviewServices.prepare(deployment)
  const folder = join(deployment.folder, 'snapshots')
  mkdirSync(folder)
  const snapshotFile = join(folder, 'known.snapshot')
  const match: Partial<Settings['match']> = {
    threads: 1,
    canarySeconds: 1,
    retro: { share: 1, maxLagRecords: 1_000_000 },
    snapshot: { file: snapshotFile, everyMinutes: SNAPSHOT_MINUTES },
  }
  const run: Run = {
    options,
    deployment,
    review,
    watch: new ReadinessWatch(),
    older: {
      name: 'older',
      version: options.from,
      fleet: new Fleet(deployment, undefined, match, { version: options.from }),
    },
    newer: { name: 'newer', version: undefined, fleet: new Fleet(deployment, undefined, match) },
    snapshotFile,
    problems: [],
  }
  try {
    return await underTraffic(run)
  } finally {
    await Promise.all([run.older.fleet.dismiss(), run.newer.fleet.dismiss()])
    rmSync(options.logsFolder, { recursive: true, force: true })
    cpSync(deployment.folder, options.logsFolder, { recursive: true })
  }
}

async function underTraffic(run: Run): Promise<UpgradeResult> {
  const { deployment, options, watch, older, newer, problems } = run
  const { log, settings } = deployment
  const random = seededRandom(options.seed)
  const list = new KnownList(deployment, seededRandom(random() * 2 ** 32))
  const traffic = new PlantedTraffic(
    deployment,
    list,
    seededRandom(random() * 2 ** 32),
    options.reportsPerSecond,
  )
  const age = new CommitAge({ log, group: settings.match.group, topic: settings.topics.reports })
  // As the older version made it.
  await log.alterTopic({
    topic: settings.topics.knownHashes,
    partitions: 1,
    config: { 'message.timestamp.type': 'CreateTime' },
  })
  await list.publish()
  await publishCanaries(log, settings.topics.knownHashes)
  const stopping = new AbortController()
  const flowing = Promise.all([traffic.run(stopping.signal), list.run(stopping.signal)])
  const over = new AbortController()
  const watching = watch.run(over.signal)
  let observed: Awaited<ReturnType<typeof upgradeAndBack>>
  try {
    const ageing = new AbortController()
    let measuring = Promise.resolve()
    observed = await upgradeAndBack(run, () => {
      measuring = age.run(ageing.signal)
    })
    ageing.abort()
    await measuring
  } finally {
    stopping.abort()
    await flowing
  }
  const both = {
    running: [...older.fleet.running, ...newer.fleet.running],
    whole: async () => {
      await Promise.all([older.fleet.whole(), newer.fleet.whole()])
    },
  }
  options.say(`Traffic ended: ${traffic.acknowledged.size} reports acknowledged; settling…`)
  await untilSettled(deployment, both)
  over.abort()
  await watching
  const { hits, missing } = await hitsInTheStore(run)
  problems.push(...missing)
  const verdict = await judge(deployment, traffic, list, new Set())
  const history = await readGroupHistory(log, settings.match.group)
  return {
    ...verdict,
    problems: [
      ...verdict.problems,
      ...backwardCommits(history, settings.topics.reports, false).map((one) => `a commit went back: ${one}`),
      ...[older, newer].flatMap(({ name, fleet }) =>
        fleet.ends.map((end) => `a matcher of the ${name} version ended by itself: ${end}`),
      ),
      ...watch.problems,
      ...problems,
    ],
    hitsInTheStore: hits,
    mostSecondsToReady: Math.max(...watch.secondsToReady),
    readinessAnswers: watch.answers,
    mostSecondsUncommitted: Math.round(age.takeLongest() * 10) / 10,
    ...observed,
  }
}

type Observed = Pick<UpgradeResult, 'snapshots' | 'processesSeenByTheOlderTop' | 'processesSeenByTheNewerTop'>

/** The review service first, then one matcher after the other; and back in the reverse order. */
async function upgradeAndBack(run: Run, onSteady: () => void): Promise<Observed> {
  const { older, newer, options } = run
  let matchers: MatcherProcess[] = []
  for (let n = 0; n < MATCHERS; n++) matchers.push(await startMatcher(run, older))
  const oldReview = await startReview(run, older)
  onSteady()
  await sleep(CALM_MS)
  await untilSnapshot(run)
  options.say('The older version runs. Upgrading: the review service, then one matcher after the other…')
  const newReview = await startReview(run, newer)
  await endReview(run, oldReview)
  const [first, ...others] = matchers
  const upgraded = [await replace(run, newer, first)]
  const seenByOlder = await seenByTop(run, older, [...others, ...upgraded, newReview])
  const seenByNewer = await seenByTop(run, newer, [...others, ...upgraded, newReview])
  await sleep(CALM_MS)
  for (const one of others) upgraded.push(await replace(run, newer, one))
  await untilSnapshot(run)
  options.say('The newer version runs alone. Going back…')
  matchers = []
  for (const one of upgraded) {
    matchers.push(await replace(run, older, one))
    await sleep(CALM_MS)
  }
  const backReview = await startReview(run, older)
  await endReview(run, newReview)
  options.say('The older version runs alone again. The review service goes forward once more…')
  await startReview(run, newer)
  await endReview(run, backReview)
  return {
    snapshots: {
      'of the older version, read by the newer': fateOfSnapshot(upgraded[0]),
      'of the newer version, read by the older': fateOfSnapshot(matchers[0]),
    },
    processesSeenByTheOlderTop: seenByOlder,
    processesSeenByTheNewerTop: seenByNewer,
  }
}

/** The new one is ready before the old one gets its SIGTERM. */
async function replace(run: Run, side: Side, matcher: MatcherProcess): Promise<MatcherProcess> {
  const started = await startMatcher(run, side)
  const owner = [run.older, run.newer].find(({ fleet }) => fleet.running.includes(matcher))
  run.watch.ends(matcher.pid)
  const code = await owner?.fleet.end(matcher)
  if (code !== 0) run.problems.push(`a matcher that got a SIGTERM ended with the code ${String(code)}`)
  return started
}

async function startMatcher(
  { deployment, watch, options }: Run,
  { name, fleet }: Side,
): Promise<MatcherProcess> {
  const [{ end: knownEnd }] = await deployment.log.offsets(deployment.settings.topics.knownHashes)
  const matcher = await fleet.start()
  const { pid, url: telemetryUrl } = matcher
  watch.add({
    name: `a matcher of the ${name} version`,
    pid,
    telemetryUrl,
    work: 'hashwarden_reports_total',
    knownEnd,
  })
  await untilReady(telemetryUrl)
  options.say(`A matcher of the ${name} version is ready (${pid})`)
  return matcher
}

async function startReview({ review, watch, options }: Run, { name, version }: Side): Promise<ReviewProcess> {
  const started = await review.start(version)
  const { pid, telemetryUrl } = started
  watch.add({
    name: `the review service of the ${name} version`,
    pid,
    telemetryUrl,
    work: 'hashwarden_review_hits_total',
  })
  await untilReady(telemetryUrl)
  options.say(`The review service of the ${name} version is ready (${pid})`)
  return started
}

async function endReview({ watch, problems }: Run, service: ReviewProcess): Promise<void> {
  watch.ends(service.pid)
  process.kill(service.pid, 'SIGTERM')
  const code = await service.exitCode
  if (code !== 0) problems.push(`a review service that got a SIGTERM ended with the code ${String(code)}`)
}

const untilReady = (url: string): Promise<void> =>
  eventually(async () => (await fetch(`${url}/readyz`)).status === 200, READY_WITHIN_MS)

/** Waits for a snapshot that one of the processes that run now has written. */
async function untilSnapshot({ snapshotFile }: Run): Promise<void> {
  const sinceMs = Date.now()
  await eventually(
    () => Promise.resolve(existsSync(snapshotFile) && statSync(snapshotFile).mtimeMs > sinceMs),
    READY_WITHIN_MS,
  )
}

/** What the log of a matcher says of the snapshot that it began with. */
function fateOfSnapshot({ logFile }: MatcherProcess): string {
  const log = readFileSync(logFile, 'utf8')
  if (log.includes('"Snapshot loaded"')) return 'read'
  const [, code] = /"code":"([a-z-]+)"[^\n]*reading [^\n]* from its beginning/.exec(log) ?? []
  return code === undefined ? 'nothing is said of it' : `refused (${code}), and the topic read`
}

/** How many of these processes `hashwarden top` of a version shows as running; all of them must be there. */
async function seenByTop(
  { deployment, review, problems }: Run,
  { name, version }: Side,
  processes: readonly { readonly pid: number }[],
): Promise<number> {
  const configFile = join(deployment.folder, `top-${name}.yaml`)
  writeFileSync(configFile, stringify(version?.known(review.settings) ?? review.settings))
  const command = [version?.main ?? MAIN, 'top', '--json', '--config', configFile]
  // Exit code 2 says that something is wrong: the picture is there all the same.
  const { stdout } = await promisify(execFile)(process.execPath, command).catch((error: unknown) => ({
    stdout: String(Reflect.get(Object(error), 'stdout')),
  }))
  // What the command prints for programs.
  const picture = JSON.parse(stdout) as FleetPicture
  const running = new Set(
    picture.processes.filter(({ state }) => state === 'running').map(({ status }) => status.pid),
  )
  const seen = processes.filter(({ pid }) => running.has(pid)).length
  if (seen < processes.length)
    problems.push(`top of the ${name} version shows ${seen} of ${processes.length} processes as running`)
  return seen
}

/** Waits until every hit is in the store, and says which are not, or are too many. */
async function hitsInTheStore({
  deployment,
  review,
}: Run): Promise<{ readonly hits: number; readonly missing: readonly string[] }> {
  const published = new Set((await deployment.hits()).map(({ hitId }) => hitId))
  let stored: ReadonlySet<string> = new Set()
  await eventually(async () => {
    stored = await review.storedHits()
    return stored.size >= published.size
  }).catch(() => {})
  return {
    hits: stored.size,
    missing: [
      ...told('a hit that is not in the store', [...published.difference(stored)]),
      ...told('a hit in the store that was not published', [...stored.difference(published)]),
    ],
  }
}
