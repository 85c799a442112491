// One soak: matchers under the traffic of other clients, with events, until everything is settled; then the verdict.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startJavaBroker } from '../../../src/cli/local/broker-java.ts'
import { seededRandom } from '../../../src/sample/random-hash.ts'
import { publishCanaries } from '../../../src/stream/topics/canary-entries.ts'
import { retroGroup } from '../../../src/stream/retro/retro-stream.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { Deployment } from '../../integration/deployment.ts'
import { SESSION_TIMEOUT_MS, somewhere } from '../fault.ts'
import { Fleet } from '../fleet.ts'
import { backwardCommits, readGroupHistory } from '../group-history.ts'
import { KnownList } from '../known-list.ts'
import { told } from '../oracle.ts'
import { PlantedReports } from '../planted-reports.ts'
import { EAGER_CLEANER, EAGER_COMPACTION, segmentFigures, type SegmentFigures } from './compaction.ts'
import { addPartitions, EVENTS, type SoakScene } from './events.ts'
import { judgeSoak, readTopics, type SoakVerdict } from './judge.ts'
import { OtherProducer, readProgress, type Progress } from './librdkafka.ts'
import { ListWriters } from './list-writers.ts'
import { SoakTraffic } from './soak-traffic.ts'

const MATCHERS = 3
const FIRST_ENTRIES = 2_000
const PARTITIONS = [2, 6, 12] as const
/** 12 s: so that a snapshot is mostly a little behind the topic. */
const SNAPSHOT_MINUTES = 0.2
const CHANGE_MS = 300
/** Longer than a segment lasts. */
const QUIET_MS = 5_000
const READY_WITHIN_MS = 120_000
const SETTLE_WITHIN_MS = 300_000
const CALM_MS = [5_000, 20_000] as const
/** An entry that no list has; reports near it must stay without a hit. */
const ABORTED_SHARE = 0.1

export interface SoakOptions {
  readonly python: string
  readonly minutes: number
  readonly seed: number
  readonly reportsPerSecond: number
  /** Where the logs of matchers and broker go if something isn't as promised. */
  readonly logsFolder: string
  readonly say: (line: string) => void
}

export interface SoakResult extends SoakVerdict {
  /** How often each struck, and the longest time after it until every matcher was ready, in seconds. */
  readonly events: readonly {
    readonly event: string
    readonly count: number
    readonly longestSeconds: number
  }[]
  readonly partitions: readonly number[]
  readonly reportJobs: Readonly<Record<string, number>>
  readonly listJobs: Readonly<Record<string, number>>
  readonly listed: number
  readonly removed: number
  readonly knownHashesOnDisk: SegmentFigures
  readonly mostMiBOfAMatcher: number
  readonly matcherLogKiB: number
}

/** Everything of a run that its parts share. */
interface Soak extends SoakScene {
  readonly options: SoakOptions
  readonly list: KnownList
  readonly writers: ListWriters
  readonly traffic: SoakTraffic
  readonly producers: readonly OtherProducer[]
  readonly problems: string[]
  readonly times: Map<string, number[]>
  mostMiB: number
}

export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hashwarden-soak-'))
  const broker = await startJavaBroker({
    dataDir,
    overrides: { ...EAGER_CLEANER, 'group.min.session.timeout.ms': '1000' },
    log: options.say,
  })
  try {
    const kafka = { sessionTimeoutMs: SESSION_TIMEOUT_MS }
    await using deployment = await Deployment.on(broker.brokers, kafka, PARTITIONS[0])
    try {
      const soak = prepare(options, broker, deployment)
      try {
        return await soakAndJudge(soak)
      } finally {
        await soak.fleet.dismiss()
        await Promise.all(soak.producers.map((producer) => producer.end()))
      }
    } finally {
      rmSync(options.logsFolder, { recursive: true, force: true })
      cpSync(deployment.folder, options.logsFolder, { recursive: true })
      cpSync(broker.logFile, join(options.logsFolder, 'broker.log'))
    }
  } finally {
    await broker.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function prepare(options: SoakOptions, broker: SoakScene['broker'], deployment: Deployment): Soak {
  const { topics, kafka } = deployment.settings
  const random = seededRandom(options.seed)
  const own = (): ReturnType<typeof seededRandom> => seededRandom(random() * 2 ** 32)
  const producer = (kind: OtherProducer['kind'], name: string): OtherProducer =>
    new OtherProducer(options.python, kafka.brokers, kind, name)
  const listProducers = [producer('idempotent', 'list-a'), producer('transactional', 'list-b')]
  const reportProducers = [
    producer('plain', 'reports-a'),
    producer('idempotent', 'reports-b'),
    producer('transactional', 'reports-c'),
    producer('transactional', 'reports-d'),
  ]
  const writers = new ListWriters(listProducers, topics.knownHashes, own())
  const list = new KnownList(writers, own(), FIRST_ENTRIES)
  const chance = own()
  const reports = new PlantedReports(own(), () => {
    const { aborted } = writers
    return aborted.length > 0 && chance() < ABORTED_SHARE
      ? aborted[Math.floor(chance() * aborted.length)]
      : list.any()
  })
  const snapshotFolder = join(deployment.folder, 'snapshots')
  mkdirSync(snapshotFolder)
  const snapshotFile = join(snapshotFolder, 'known.snapshot')
  const fleet = new Fleet(deployment, undefined, {
    threads: 1,
    canarySeconds: 10,
    retro: { share: 1, maxLagRecords: 1_000_000 },
    snapshot: { file: snapshotFile, everyMinutes: SNAPSHOT_MINUTES },
  })
  return {
    options,
    broker,
    deployment,
    fleet,
    random,
    snapshotFile,
    list,
    writers,
    traffic: new SoakTraffic(topics.reports, own(), reports, options.reportsPerSecond),
    producers: [...listProducers, ...reportProducers],
    problems: [],
    times: new Map(),
    mostMiB: 0,
  }
}

async function soakAndJudge(soak: Soak): Promise<SoakResult> {
  const { deployment, fleet, list, writers, traffic, producers, problems, options } = soak
  const { log, settings } = deployment
  const { topics } = settings
  await log.alterTopic({ topic: topics.knownHashes, partitions: 1, config: EAGER_COMPACTION })
  await list.publish()
  await publishCanaries(log, topics.knownHashes)
  await Promise.all(Array.from({ length: MATCHERS }, () => fleet.start()))
  const stopping = new AbortController()
  // The first two producers write the list.
  const flowing = Promise.all([
    traffic.run(producers.slice(2), stopping.signal),
    changeList(soak, stopping.signal),
    watchMemory(soak, stopping.signal),
  ])
  try {
    await eventsUntil(soak, performance.now() + options.minutes * 60_000)
  } finally {
    stopping.abort()
    await flowing
  }
  options.say(`Traffic ended: ${traffic.acknowledged.size} reports acknowledged; settling…`)
  await settle(soak)
  let onDisk: SegmentFigures | undefined
  // A segment may be replaced while it is read.
  await eventually(
    async () => (onDisk = segmentFigures(soak.broker.dataDir, topics.knownHashes)) !== undefined,
  )
  await fleet.dismiss()
  problems.push(...fleet.ends.map((end) => `a matcher ended by itself: ${end}`))
  const history = await readGroupHistory(log, settings.match.group)
  problems.push(...told('a commit that went back', backwardCommits(history, topics.reports, false)))
  options.say('Reading all topics by librdkafka, and judging…')
  const verdict = judgeSoak(await readTopics(options.python, settings.kafka.brokers, topics), traffic, list)
  return {
    ...verdict,
    problems: [...problems, ...verdict.problems, ...problemsOfCompaction(onDisk)],
    events: [...soak.times].map(([event, seconds]) => ({
      event,
      count: seconds.length,
      longestSeconds: Math.max(...seconds),
    })),
    partitions: PARTITIONS,
    reportJobs: traffic.counts,
    listJobs: writers.counts,
    listed: list.listed.length,
    removed: list.removed.length,
    knownHashesOnDisk: onDisk ?? { segments: 0, batches: 0, emptyBatches: 0, segmentsThatEndEmpty: 0 },
    mostMiBOfAMatcher: Math.round(soak.mostMiB),
    matcherLogKiB: Math.round(fleet.logFiles.reduce((sum, file) => sum + statSync(file).size, 0) / 1024),
  }
}

/** Without empty batches the soak says nothing about them. */
const problemsOfCompaction = (onDisk: SegmentFigures | undefined): readonly string[] =>
  onDisk && onDisk.emptyBatches > 0 ? [] : ['compaction has emptied no batch of known-hashes']

/** Changes the list all the time. */
async function changeList(soak: Soak, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await changeOnce(soak, signal)
    await sleep(CHANGE_MS, undefined, { signal }).catch(() => {})
  }
}

async function changeOnce({ list, writers, random }: Soak, signal: AbortSignal): Promise<void> {
  const kind = random()
  if (kind < 0.3) await list.add()
  else if (kind < 0.45) await list.remove()
  else if (kind < 0.65) await list.rewrite(1 + Math.floor(random() * 20))
  else if (kind < 0.85) await list.rewriteNewest(1 + Math.floor(random() * 3))
  else if (kind < 0.95) await writers.abort([list.newEntry(), list.newEntry()])
  else {
    // The last batch of a producer that ends a segment, and whose record another one replaces: compaction leaves it
    // there, empty.
    await list.add()
    writers.renew()
    await sleep(QUIET_MS, undefined, { signal }).catch(() => {})
    await list.rewriteNewest(1)
    writers.renew()
  }
}

/** Events follow each other with calm between them; partitions are added at a third and at two thirds of the time. */
async function eventsUntil(soak: Soak, untilMs: number): Promise<void> {
  const { random, options } = soak
  const beganMs = performance.now()
  const additions = PARTITIONS.slice(1).map((partitions, index) => ({
    partitions,
    atMs: beganMs + ((index + 1) / PARTITIONS.length) * (untilMs - beganMs),
  }))
  const names = Object.keys(EVENTS)
  let waiting: string[] = []
  await strike(soak, 'the start', async () => {})
  while (performance.now() < untilMs) {
    await sleep(somewhere(random, ...CALM_MS))
    const [addition] = additions
    if (addition !== undefined && performance.now() >= addition.atMs) {
      additions.shift()
      const name = `partitions added, up to ${addition.partitions}`
      await strike(soak, name, () => addPartitions(soak, addition.partitions))
      await untilAllCommitted(soak, name, addition.partitions)
      continue
    }
    // Each kind once, in another order each time: a short soak has most of them.
    if (waiting.length === 0) waiting = names.toSorted(() => random() - 0.5)
    const name = waiting.pop() ?? names[0]
    await strike(soak, name, () => EVENTS[name](soak))
  }
  options.say(`Events: ${[...soak.times].map(([name, { length }]) => `${length} × ${name}`).join('; ')}`)
}

/** Lets something happen, and waits until every matcher is ready again. */
async function strike(soak: Soak, name: string, happen: () => Promise<void>): Promise<void> {
  const { fleet, problems, times, options } = soak
  const beganMs = performance.now()
  try {
    await happen()
    await eventually(async () => (await unreadyReasons(fleet)).length === 0, READY_WITHIN_MS)
  } catch (error) {
    const reasons = await unreadyReasons(fleet)
    const why = error instanceof Error ? error.message : String(error)
    problems.push(`after ${name} (${why}): ${reasons.join('; ')}`)
    options.say(`NOT READY after ${name}: ${why}: ${reasons.join('; ')}`)
  }
  const seconds = Math.round((performance.now() - beganMs) / 100) / 10
  times.set(name, [...(times.get(name) ?? []), seconds])
  options.say(`${name}: all ready after ${seconds} s`)
}

/** Why matchers are not ready, a line each. */
async function unreadyReasons(fleet: Fleet): Promise<readonly string[]> {
  const { running } = fleet
  const missing = running.length < MATCHERS ? [`only ${running.length} matchers run`] : []
  const answers = await Promise.all(
    running.map(async ({ url, pid }) => {
      const response = await fetch(`${url}/readyz`).catch(() => undefined)
      return response?.status === 200 ? [] : [`${pid}: ${(await response?.text()) ?? 'no answer'}`]
    }),
  )
  return [...missing, ...answers.flat()]
}

/** Says how long it takes until the group has committed something of each partition. */
async function untilAllCommitted(soak: Soak, name: string, partitions: number): Promise<void> {
  const beganMs = performance.now()
  const hasAll = async (): Promise<boolean> => {
    const { committed } = await progress(soak)
    return committed.length === partitions && committed.every((offset) => offset > 0)
  }
  await eventually(hasAll, READY_WITHIN_MS).catch(() => {
    soak.problems.push(`${name}: not every partition had a commit within ${READY_WITHIN_MS / 1000} s`)
  })
  const seconds = Math.round((performance.now() - beganMs) / 100) / 10
  soak.times.set(`${name}: a commit in each`, [seconds])
  soak.options.say(`${name}: a commit in each after ${seconds} s`)
}

const progress = ({ options, deployment }: Soak): Promise<Progress> => {
  const { kafka, match, topics } = deployment.settings
  return readProgress(options.python, kafka.brokers, match.group, topics.reports)
}

/** Waits until every commit is the end of its partition, all changes are looked back for, and every matcher is ready. */
async function settle(soak: Soak): Promise<void> {
  const { deployment, fleet, problems } = soak
  const { log, settings } = deployment
  let last: Progress | undefined
  const atEnd = async (): Promise<boolean> => {
    last = await progress(soak)
    return last.ends.every((end, partition) => end === last?.committed[partition])
  }
  await eventually(atEnd, SETTLE_WITHIN_MS).catch(() => {
    problems.push(`commits are not the ends of partitions: ${JSON.stringify(last)}`)
  })
  const [{ end }] = await log.offsets(settings.topics.knownHashes)
  await eventually(async () => {
    const [commit] = await log.committed(retroGroup(settings.match.group), settings.topics.knownHashes)
    return commit !== undefined && commit.offset >= end
  }, SETTLE_WITHIN_MS).catch(() => problems.push('not every change of known-hashes was looked back for'))
  await fleet.whole()
  await eventually(async () => (await unreadyReasons(fleet)).length === 0, READY_WITHIN_MS).catch(
    async () => {
      problems.push(`not ready at the end: ${(await unreadyReasons(fleet)).join('; ')}`)
    },
  )
}

async function watchMemory(soak: Soak, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const { pid } of soak.fleet.running) soak.mostMiB = Math.max(soak.mostMiB, residentMiB(pid))
    await sleep(2_000, undefined, { signal }).catch(() => {})
  }
}

function residentMiB(pid: number): number {
  try {
    const kiB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kiB ?? 0) / 1024
  } catch {
    // It has just ended.
    return 0
  }
}
