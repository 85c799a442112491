// The topics and settings of one measurement: it shares waiting reports and known hashes with others; its hits are its own.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { startMatcherProcess, type MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { applyTopics, wantedTopics } from '../../src/stream/topics/topics.ts'
import { untilReady } from './matcher-state.ts'
import type { Orientations } from './jobs.ts'
import { PARTITIONS, settingsAt, writePolicy, type Site } from './site.ts'

export interface DeploymentOptions {
  readonly known: number
  readonly orientations?: Orientations
  readonly match?: Partial<Settings['match']>
  /** An empty topic of reports, instead of that of the reports that wait. */
  readonly live?: boolean
}

export interface Deployment extends AsyncDisposable {
  readonly settings: Settings
  readonly log: KafkaLog
  /** For what lasts as long as the deployment. */
  readonly folder: string
  /** Starts `hashwarden match`; it is ended with the deployment, if not before. */
  startMatcher(): Promise<MatcherProcess>
  /** Starts several at once and waits for each: until it is ready, if nothing else is said. */
  startMatchers(count: number, until?: typeof untilReady): Promise<readonly MatcherProcess[]>
}

export async function deploy(site: Site, options: DeploymentOptions): Promise<Deployment> {
  const { known, orientations = 8, match = {}, live = false } = options
  const id = randomUUID().slice(0, 8)
  const at = settingsAt(site, known, { group: `matcher-${id}`, ...match })
  const topics = { ...at.topics, hits: `hits-${id}`, ...(live ? { reports: `live-${id}` } : {}) }
  const settings = { ...at, topics }
  await using parts = new AsyncDisposableStack()
  const log = new KafkaLog(settings.kafka)
  parts.defer(() => log.close())
  await applyTopics(log, wantedTopics(topics, PARTITIONS), topics, 1)
  parts.defer(() => deleteTopics(site.brokers, [topics.hits, ...(live ? [topics.reports] : [])]))
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-bench-'))
  parts.defer(() => rmSync(folder, { recursive: true, force: true }))
  const policyFile = writePolicy(folder, orientations)
  const matchers: MatcherProcess[] = []
  parts.defer(async () => {
    await Promise.all(matchers.map((matcher) => matcher.stop()))
  })
  const startMatcher = async (): Promise<MatcherProcess> => {
    const matcher = await startMatcherProcess(settings, join(folder, randomUUID()), { policyFile })
    matchers.push(matcher)
    return matcher
  }
  const owned = parts.move()
  return {
    settings,
    log,
    folder,
    startMatcher,
    startMatchers: async (count, until = untilReady) => {
      const started = await Promise.all(Array.from({ length: count }, startMatcher))
      await Promise.all(started.map(until))
      return started
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function deleteTopics(brokers: string, topics: readonly string[]): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [...topics] })
  await admin.disconnect()
}
