import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { seededRandom } from '../sample/random-hash.ts'
import { loadSettings } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import type { EventLog } from '../log/event-log.ts'
import { beginsWithCanaries, publishCanaries } from '../stream/topics/canary-entries.ts'
import { applyTopics, wantedTopics } from '../stream/topics/topics.ts'
import { describeFinding, Findings } from './local/findings.ts'
import { ProgressGauge, RecentLatencies } from './local/gauge.ts'
import { HitWatch } from './local/hit-watch.ts'
import { MATCHER_FOLDER, startJourney, type Journey } from './local/journey.ts'
import { hashPictures, type DemoPictures } from './local/pictures.ts'
import { SampleSet } from './local/sample-set.ts'
import { Screen } from './local/screen.ts'
import { Traffic } from './local/traffic.ts'
import { submitReports } from '../stream/topics/submit-reports.ts'
import { untilSignal } from './session.ts'
import { pause } from '../waiting/pause.ts'

const SAMPLE_PICTURES = fileURLToPath(new URL('../sample/images', import.meta.url))
/** Made-up known hashes: fewer where the log's records are in this process, and hardly any among those of others. */
const MADE_UP = { 'own-broker': 1_000_000, memory: 100_000, cluster: 2_000 } as const
const TRAFFIC_SEED = 20_200_132

interface LocalOptions {
  readonly images: string
  readonly known?: number
  readonly seconds?: number
}

export const localCommand = (): Command =>
  new Command('local')
    .description('show the whole journey on this machine: a broker, a known set, pictures, reports, hits')
    .option(
      '--images <dir>',
      'your own pictures; every second one is put into the known set',
      SAMPLE_PICTURES,
    )
    .option(
      '--known <n>',
      'made-up known hashes; all but the first 2,000 come while reports are matched (default: a million; 100,000 in memory; 2,000 at the cluster of KAFKA_BROKERS)',
      parseCount,
    )
    .option('--seconds <n>', 'stop by itself after the pictures and so many seconds of traffic', parseSeconds)
    .action(local)

async function local({ images, known, seconds }: LocalOptions): Promise<void> {
  const stopped = new AbortController()
  const screen = new Screen()
  const stopOn = async (ending: Promise<string>): Promise<void> => {
    const why = await ending
    screen.end()
    if (why !== 'SIGINT' && why !== 'SIGTERM') screen.print(why)
    stopped.abort()
  }
  void stopOn(untilSignal())
  screen.print('hashwarden: hash-only reports in, hits for review out. No picture leaves this process.\n')
  const loaded = loadSettings()
  // The made-up platforms of the demonstration share a topic.
  const settings = { ...loaded, topics: { ...loaded.topics, reportsPerPlatform: false } }
  // The broker comes up meanwhile: both take seconds.
  const hashing = hashDemoPictures(images, screen, stopped.signal)
  hashing.catch(() => {})
  await using journey = await startJourney(settings, (line) => screen.print(line)).catch((error: unknown) => {
    // The terminal's Ctrl-C reaches the tools, too, that are asked what this machine has.
    if (!stopped.signal.aborted) throw error
    return undefined
  })
  if (!journey) return
  void stopOn(journey.failed)
  const demo = await hashing
  if (demo.pictures.length === 0 && !stopped.signal.aborted) {
    screen.print(
      `There is no picture in ${images}: name a folder with some (JPEG, PNG, WebP, GIF, TIFF, AVIF).`,
    )
    process.exitCode = 1
    return
  }
  const set = new SampleSet({
    log: journey.log,
    topic: settings.topics.knownHashes,
    pictures: demo.pictures,
    madeUp: known ?? MADE_UP[journey.host],
    noteFile: join(MATCHER_FOLDER, `sample-set-${journey.host}.json`),
  })
  if (!stopped.signal.aborted) await prepareTopicsAndSet(journey.log, settings, set, screen)
  if (!stopped.signal.aborted) await journey.startMatcher()
  if (!stopped.signal.aborted) await stream(journey, settings, demo, set, screen, stopped, seconds)
  screen.end()
  screen.print('Stopping…')
}

async function hashDemoPictures(images: string, screen: Screen, signal: AbortSignal): Promise<DemoPictures> {
  screen.print('Pictures    hashing them and altered copies of each…')
  const demo = await hashPictures(
    images,
    (name) => screen.live(`Pictures    hashed: ${name} and its copies`),
    signal,
  )
  screen.end()
  if (signal.aborted) return demo
  for (const problem of demo.problems) screen.print(`            ${problem}`)
  const known = demo.pictures.filter((picture) => picture.known).map(({ name }) => name)
  screen.print(
    `Pictures    ${demo.pictures.length} pictures, ${demo.copies.length} copies; known: ${known.join(', ')}`,
  )
  return demo
}

async function prepareTopicsAndSet(
  log: EventLog,
  { topics, provision }: Settings,
  set: SampleSet,
  screen: Screen,
): Promise<void> {
  await applyTopics(log, wantedTopics(topics, provision.partitions), topics, provision.replicationFactor)
  if (!(await beginsWithCanaries(log, topics.knownHashes))) await publishCanaries(log, topics.knownHashes)
  screen.print(
    `Topics      ${Object.values(topics)
      .filter((topic) => typeof topic === 'string')
      .join(', ')}`,
  )
  screen.live('Known set   comparing with what is there…')
  const done = await set.publishFirst()
  screen.end()
  screen.print(`Known set   ${done}`)
}

/** Submits the copies, then traffic without end, and shows what comes out. */
async function stream(
  journey: Journey,
  { topics, match }: Settings,
  demo: DemoPictures,
  set: SampleSet,
  screen: Screen,
  stopped: AbortController,
  seconds: number | undefined,
): Promise<void> {
  const { log } = journey
  const findings = new Findings(demo.copies)
  let latencies = new RecentLatencies()
  let hitCount = 0
  const watch = new HitWatch(log, topics.hits)
  await watch.start((hit, publishedAtMs) => {
    const latencyMs = publishedAtMs - Date.parse(hit.receivedAt)
    latencies.add(latencyMs)
    hitCount++
    const finding = findings.take(hit)
    if (finding) screen.print(describeFinding(finding, latencyMs))
  })
  const gauge = new ProgressGauge(log, match.group, topics.reports)
  screen.print(
    `\nSubmitting ${demo.copies.length} reports of the pictures and their copies. Hits, as they come:`,
  )
  await submitReports(
    log,
    topics.reports,
    demo.copies.map((_, index) => findings.report(index)),
  )
  while (!stopped.signal.aborted && !((await gauge.read()).lagRecords === 0 && (await watch.hasSeenAll()))) {
    await sleep(100)
  }
  if (stopped.signal.aborted) return
  screen.print('\nFound, by what was done to the picture (PDQ distance in bits; = equal file; – not found):')
  for (const line of findings.summary()) screen.print(line)

  // The first batch waited for the group to form: no part of what traffic takes.
  latencies = new RecentLatencies()
  screen.print('\nTraffic of made-up pictures, as much as this machine keeps up with. Ctrl-C stops.')
  const random = seededRandom(TRAFFIC_SEED)
  const traffic = new Traffic(log, topics.reports, random, () =>
    findings.report(Math.floor(random() * demo.copies.length)),
  )
  const running = Promise.all([traffic.run(stopped.signal), grow(set, screen, stopped.signal)])
  // What goes wrong in them is thrown below, once the loop has ended.
  running.catch(() => stopped.abort())
  if (seconds !== undefined) setTimeout(() => stopped.abort(), seconds * 1000).unref()
  while (!stopped.signal.aborted) {
    await pause(1_000, stopped.signal)
    const { matchedPerSecond, lagRecords } = await gauge.read()
    traffic.adapt(lagRecords)
    const shown = (share: number): string => latencies.percentile(share)?.toFixed(0) ?? '–'
    screen.live(
      `${count(matchedPerSecond)} reports/s   ${count(await journey.knownEntries())} known   ${count(hitCount)} hits   ` +
        `${count(lagRecords)} waiting   to hit p50 ${shown(0.5)} ms, p99 ${shown(0.99)} ms`,
    )
  }
  await running
  await watch.stop()
}

/** Publishes the rest of the known set while reports are matched against what is there. */
async function grow(set: SampleSet, screen: Screen, signal: AbortSignal): Promise<void> {
  if (!set.isComplete) {
    screen.print('The known set grows meanwhile, as it does when a list is imported: no restart, no pause.')
    await set.publishRest(signal)
    if (set.isComplete) screen.print('All of the known set is published.')
  }
  await set.leaveNote()
}

const count = (value: number): string => Math.round(value).toLocaleString('en')

function parseCount(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new InvalidArgumentError('Expected a whole number.')
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (Number.isFinite(seconds) && seconds >= 0) return seconds
  throw new InvalidArgumentError('Expected a number of seconds.')
}
