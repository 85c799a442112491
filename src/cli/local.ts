// `hashwarden local`, which `npm start` runs: the whole journey on this machine, to be looked at.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { loadSettings } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import type { EventLog } from '../log/event-log.ts'
import { beginsWithCanaries, publishCanaries } from '../stream/topics/canary-entries.ts'
import {
  applyTopics,
  keysTopic,
  listsTopic,
  reviewTopics,
  statusTopic,
  wantedTopics,
} from '../stream/topics/topics.ts'
import { inCheckout } from './checkout.ts'
import { MATCHER_FOLDER, startJourney } from './local/journey.ts'
import { hashPictures, type DemoPictures } from './local/pictures.ts'
import { SampleSet } from './local/sample-set.ts'
import { Screen } from './local/screen.ts'
import { Show } from './local/show.ts'
import { untilSignal } from './session.ts'

const SAMPLE_PICTURES = fileURLToPath(new URL('../sample/images', import.meta.url))
/** Made-up known hashes: fewer where this process holds the records, and few in a cluster that is not ours. */
const MADE_UP = { 'own-broker': 1_000_000, memory: 100_000, cluster: 2_000 } as const

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
    .option('--seconds <n>', 'stop after the pictures and this many seconds of traffic', parseSeconds)
    .action(local)

async function local({ images, known, seconds }: LocalOptions): Promise<void> {
  inCheckout('deploy/local', 'local')
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
  // The broker starts beside it: both take seconds.
  const hashing = hashDemoPictures(images, screen, stopped.signal)
  hashing.catch(() => {})
  await using journey = await startJourney(settings, (line) => screen.print(line)).catch((error: unknown) => {
    // The terminal's Ctrl-C also ends the tools that look for a broker.
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
  if (!stopped.signal.aborted)
    await Promise.all([journey.startMatcher(), journey.startReview(), journey.startGateway()])
  const show = new Show({ journey, settings, demo, set, screen, stopped })
  if (!stopped.signal.aborted) await show.copies()
  if (!stopped.signal.aborted) {
    journey.sayFirstReport()
    await show.traffic(seconds)
  }
  await show.stop()
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
  const { partitions, replicationFactor } = provision
  const wanted = [
    ...wantedTopics(topics, partitions),
    ...reviewTopics(topics, partitions),
    statusTopic(topics.status),
    listsTopic(topics.lists),
    keysTopic(topics.gatewayKeys),
  ]
  await applyTopics(log, wanted, topics, replicationFactor)
  if (!(await beginsWithCanaries(log, topics.knownHashes))) await publishCanaries(log, topics.knownHashes)
  screen.print(
    `Topics      ${Object.values(topics)
      .filter((topic) => typeof topic === 'string')
      .join(', ')}`,
  )
  screen.live('Known set   comparing with the topic…')
  const done = await set.publishFirst()
  screen.end()
  screen.print(`Known set   ${done}`)
}

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
