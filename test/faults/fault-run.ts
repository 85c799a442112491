import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HOST } from '../../src/cli/local/broker-address.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { retroGroup } from '../../src/stream/retro/retro-stream.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from '../integration/deployment.ts'
import { CLUSTER_BROKERS } from './broker-cluster.ts'
import type { Site } from './broker-pool.ts'
import { SESSION_TIMEOUT_MS, somewhere, type Scene } from './fault.ts'
import { Fleet } from './fleet.ts'
import { backwardCommits, readGroupHistory } from './group-history.ts'
import { KnownList } from './known-list.ts'
import { judge, type Verdict } from './oracle.ts'
import type { RunPlan } from './plan.ts'
import { PlantedTraffic } from './planted-traffic.ts'
import { untilReady } from './until-ready.ts'

const SETTLE_WITHIN_MS = 90_000
/** 1.2 s: so that it is written during the fault, before and after. */
const SNAPSHOT_MINUTES = 0.02

export interface Outcome extends Verdict {
  /** What proves that the fault struck. */
  readonly struck: string
  readonly seconds: number
}

/** A run that could not be judged, or was and has lost something: says where its logs are. */
class FaultRunError extends Error {
  readonly code = 'FAULT_RUN'
  override readonly name = 'FaultRunError'
}

/**
 * One fault in a deployment of its own on this broker, under traffic, with the oracle after it. Throws FaultRunError if
 * the fault didn't strike, or something isn't as promised; then the matchers' logs are kept in `logsFolder`.
 */
export async function runFault(plan: RunPlan, site: Site, logsFolder: string): Promise<Outcome> {
  const startedMs = performance.now()
  const kafka = { sessionTimeoutMs: SESSION_TIMEOUT_MS }
  const { broker, cluster } = site
  await using deployment = await Deployment.on(
    cluster?.addresses ?? broker.brokers,
    kafka,
    plan.partitions,
    [],
    cluster ? CLUSTER_BROKERS : 1,
  )
  try {
    const { struck, ...verdict } = await strikeAndJudge(plan, site, deployment)
    if (verdict.problems.length > 0) throw new Error(verdict.problems.join('; '))
    if (process.env['KEEP_LOGS']) cpSync(deployment.folder, logsFolder, { recursive: true })
    return { struck, ...verdict, seconds: Math.round((performance.now() - startedMs) / 100) / 10 }
  } catch (error) {
    cpSync(deployment.folder, logsFolder, { recursive: true })
    const why = error instanceof Error ? error.message : String(error)
    throw new FaultRunError(`Seed ${plan.seed}, ${plan.fault.name}: ${why}. Logs: ${logsFolder}`, {
      cause: error,
    })
  }
}

async function strikeAndJudge(
  { seed, fault, matchers, threads, reportsPerSecond, snapshots }: RunPlan,
  { broker, gate, cluster }: Site,
  deployment: Deployment,
): Promise<Omit<Outcome, 'seconds'>> {
  const { log, settings } = deployment
  const random = seededRandom(seed)
  const list = new KnownList(deployment, seededRandom(random() * 2 ** 32))
  const traffic = new PlantedTraffic(deployment, list, seededRandom(random() * 2 ** 32), reportsPerSecond)
  const snapshotFolder = join(deployment.folder, 'snapshots')
  mkdirSync(snapshotFolder)
  const {
    launch,
    undo,
    killers = new Set<string>(),
  } = (await fault.prepare?.({ deployment, snapshotFolder })) ?? {}
  const snapshot = { file: join(snapshotFolder, 'known.snapshot'), everyMinutes: SNAPSHOT_MINUTES }
  const fleet = new Fleet(
    deployment,
    fault.throughGate ? [`${HOST}:${gate.port}`] : undefined,
    {
      // An index that can't be shared is searched in one thread.
      ...(threads === 0 ? { index: 'flat' } : { threads }),
      canarySeconds: 1,
      retro: { share: 1, maxLagRecords: 1_000_000 },
      ...(snapshots ? { snapshot } : {}),
    },
    launch,
  )
  const stopping = new AbortController()
  try {
    await list.publish()
    await publishCanaries(log, settings.topics.knownHashes)
    const flowing = [traffic.run(stopping.signal), list.run(stopping.signal)]
    await Promise.all(Array.from({ length: matchers }, () => fleet.start()))
    await eventually(async () => (await deployment.committedRecords()) > 0)
    await sleep(somewhere(random, 0, 1_500))
    const generation = async (): Promise<number> =>
      (await readGroupHistory(log, settings.match.group)).generations.at(-1) ?? 0
    const scene: Scene = {
      broker,
      gate,
      cluster,
      deployment,
      fleet,
      traffic,
      list,
      random,
      snapshotFolder,
      generation,
    }
    const struck = await fault.strike(scene)
    await sleep(somewhere(random, 0, 1_500))
    stopping.abort()
    await Promise.all(flowing)
    await untilSettled(deployment, fleet)
    await fleet.dismiss()
    const verdict = await judge(deployment, traffic, list, killers)
    const history = await readGroupHistory(log, settings.match.group)
    writeFileSync(join(deployment.folder, 'group-history.json'), JSON.stringify(history, null, 1))
    const problems = [
      ...verdict.problems,
      ...backwardCommits(history, settings.topics.reports, fault.replacesReports === true).map(
        (one) => `a commit went back: ${one}`,
      ),
      ...(fault.endsMatchers ? [] : fleet.ends.map((end) => `a matcher ended by itself: ${end}`)),
      ...(fault.failsSnapshots
        ? []
        : fleet.logFiles.flatMap((file) => linesWith(file, 'Cannot write the snapshot'))),
    ]
    return { struck, ...verdict, problems }
  } finally {
    stopping.abort()
    await fleet.dismiss()
    await undo?.()
  }
}

/** Waits until all that was submitted is committed and looked back at, and every matcher says that it is well. */
export async function untilSettled(
  deployment: Deployment,
  fleet: Pick<Fleet, 'whole' | 'running'>,
): Promise<void> {
  const { log, settings } = deployment
  const ends = await log.offsets(settings.topics.reports)
  await deployment
    .untilCommitted(ends, SETTLE_WITHIN_MS)
    .catch(because('Not every report was matched and committed'))
  await untilLookedBack(deployment)
  await fleet.whole()
  await untilReady(fleet, SETTLE_WITHIN_MS).catch(because('Not every matcher is ready again'))
}

/** Waits until retained reports have been held against all changes of the list until now. */
export async function untilLookedBack({ log, settings: { topics, match } }: Deployment): Promise<void> {
  const [{ end }] = await log.offsets(topics.knownHashes)
  await eventually(async () => {
    const [commit] = await log.committed(retroGroup(match.group), topics.knownHashes)
    return commit !== undefined && commit.offset >= end
  }, SETTLE_WITHIN_MS).catch(because('Not every change of known-hashes was looked back for'))
}

const because =
  (what: string) =>
  (error: unknown): never => {
    throw new Error(what, { cause: error })
  }

const linesWith = (file: string, text: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes(text))
