// Brings each fault about, in the whole system on this machine.
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { parse, stringify } from 'yaml'
import { canaryEntry } from '../../src/contract/canary.ts'
import { encodeKnownHash, knownHashKey } from '../../src/contract/known-hash.ts'
import type { MatcherLaunch } from '../../src/cli/local/matcher-process.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { applyTopics, wantedTopics } from '../../src/stream/topics/topics.ts'
import { ONCE_DEADLY } from '../faults/deadly-reports.ts'
import { pdqReport } from '../fixtures/entries.ts'
import { MadeUpReviewer } from '../faults/review/reviewer.ts'
import { eventually } from '../fixtures/eventually.ts'
import { administer } from '../integration/administer.ts'
import type { FaultName } from './faults.ts'
import { HANGING_REPORT } from './preloads/hanging-report.ts'
import type { ListAnswer, ListServer } from './list-server.ts'
import type { Product } from './product.ts'

export interface Provocation {
  /** What is preloaded into the matchers, with a folder for its files. */
  readonly launch?: (folder: string) => MatcherLaunch
  /** No report is submitted and no list changed from the fault on. */
  readonly endsTraffic?: true
  /** Brings it about. It is kept up until the signal is aborted. */
  readonly strike: (product: Product, files: string, signal: AbortSignal) => Promise<void>
}

const NOTHING_LONGER = [{ name: 'max.message.bytes', value: '100' }]
const preload = (file: string): readonly string[] => ['--import', new URL(file, import.meta.url).href]

/** SIGKILL; resolves once the process has ended. */
async function kill(product: Product, n: number): Promise<void> {
  process.kill(product.matchers[n].pid, 'SIGKILL')
  await product.matchers[n].exitCode
}

async function alterTopics(
  { broker }: Product,
  topics: readonly string[],
  configEntries: { name: string; value: string }[],
): Promise<void> {
  const type = kafkajs.ConfigResourceTypes.TOPIC
  await administer(broker.brokers, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: topics.map((name) => ({ type, name, configEntries })),
    }),
  )
}

async function submitReport({ log, settings }: Product, reportId: string): Promise<void> {
  const report = pdqReport(randomBalancedHash(seededRandom(17)), reportId)
  await log.produce(settings.topics.reports, [{ key: reportId, value: JSON.stringify(report) }])
}

const kafkaOf = ({ broker }: Product): kafkajs.Kafka =>
  new kafkajs.Kafka({ brokers: [broker.brokers], logLevel: kafkajs.logLevel.NOTHING })

/** Joins the matchers' group as a member that does nothing; gives what ends that. */
async function joinGroup(product: Product): Promise<() => Promise<void>> {
  const { topics, match } = product.settings
  const consumer = kafkaOf(product).consumer({ groupId: match.group })
  await consumer.connect()
  await consumer.subscribe({ topics: [topics.reports] })
  const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve))
  // It commits nothing.
  await consumer.run({ autoCommit: false, eachMessage: async () => {} })
  await joined
  return () => consumer.disconnect()
}

/** Half of the list in a topic of its own, with as many records as the other one has. */
async function publishHalf({ log, settings, listed }: Product): Promise<string> {
  const topic = `${settings.topics.knownHashes}-other`
  const topics = { ...settings.topics, knownHashes: topic }
  await applyTopics(log, wantedTopics(topics, settings.provision.partitions), topics, 1)
  await publishCanaries(log, topic)
  const half = listed.slice(0, listed.length / 2)
  for (const entry of [...half, ...half])
    await log.produce(topic, [{ key: knownHashKey(entry), value: encodeKnownHash(entry) }])
  return topic
}

/** Until the signal is aborted, a member joins and leaves. */
async function flap(product: Product, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const leave = await joinGroup(product)
    await sleep(5_000, undefined, { signal }).catch(() => {})
    await leave()
  }
}

async function answering(server: ListServer, answer: ListAnswer): Promise<void> {
  server.answer = answer
}

export const PROVOCATIONS: Readonly<Record<FaultName, Provocation>> = {
  'killed-matcher': { strike: (product) => kill(product, 0) },
  'killed-matchers': {
    strike: async (product) => {
      await Promise.all([kill(product, 0), kill(product, 1)])
    },
  },
  'foreign-member': {
    strike: async (product, _, signal) => {
      const leave = await joinGroup(product)
      signal.addEventListener('abort', () => void leave())
    },
  },
  'restarted-matcher': {
    strike: async (product) => {
      await kill(product, 0)
      await product.replaceMatcher(0)
    },
  },
  'open-transaction': {
    strike: async (product, _, signal) => {
      const producer = kafkaOf(product).producer({
        transactionalId: 'never-ended',
        transactionTimeout: 900_000,
        idempotent: true,
        maxInFlightRequests: 1,
      })
      await producer.connect()
      const transaction = await producer.transaction()
      const report = pdqReport(randomBalancedHash(seededRandom(18)))
      const message = { key: report.reportId, value: JSON.stringify(report), partition: 0 }
      await transaction.send({ topic: product.settings.topics.reports, messages: [message] })
      signal.addEventListener('abort', () => void producer.disconnect())
    },
  },
  'canary-removed': {
    strike: ({ log, settings }) =>
      log.produce(settings.topics.knownHashes, [{ key: knownHashKey(canaryEntry('pdq')), value: null }]),
  },
  'foreign-records': {
    strike: async ({ log, settings: { topics } }) => {
      const nonsense = { key: 'nonsense', value: 'nonsense' }
      for (const topic of [topics.knownHashes, topics.reports, topics.hits])
        await log.produce(topic, [nonsense])
    },
  },
  'list-shrunk': {
    strike: ({ log, settings, listed }) =>
      log.produce(
        settings.topics.knownHashes,
        listed.slice(-30).map((entry) => ({ key: knownHashKey(entry), value: null })),
      ),
  },
  'other-list': {
    strike: async (product) => {
      const knownHashes = await publishHalf(product)
      await kill(product, 1)
      await product.replaceMatcher(1, {
        settings: ({ topics, ...settings }) => ({ ...settings, topics: { ...topics, knownHashes } }),
      })
    },
  },
  'deaf-to-the-list': {
    strike: async (product, files) => {
      const file = join(files, 'deaf')
      await kill(product, 1)
      await product.replaceMatcher(1, {
        launch: {
          nodeArguments: preload('preloads/deaf-feed.ts'),
          environment: { DEAF_FEED_FILE: file, DEAF_FEED_TOPIC: product.settings.topics.knownHashes },
        },
      })
      await eventually(async () => (await fetch(`${product.matchers[1].url}/readyz`)).ok)
      writeFileSync(file, '')
    },
  },
  'other-policy': {
    strike: async (product, files) => {
      const policy = parse(readFileSync(new URL('../../config/policy.yaml', import.meta.url), 'utf8'))
      policy.hashes.pdq.maxDistanceBits--
      const policyFile = join(files, 'policy.yaml')
      writeFileSync(policyFile, stringify(policy))
      await kill(product, 1)
      await product.replaceMatcher(1, { launch: { policyFile } })
    },
  },
  'hanging-thread': {
    launch: (files) => ({
      nodeArguments: preload('preloads/hanging-report.ts'),
      environment: { HANGING_REPORT_NOTE: join(files, 'hung') },
    }),
    strike: async (product, files) => {
      await submitReport(product, HANGING_REPORT)
      await eventually(async () => existsSync(join(files, 'hung')))
    },
  },
  'dying-thread': {
    launch: (files) => ({
      nodeArguments: preload('../faults/deadly-reports.ts'),
      environment: { DEADLY_REPORTS_FOLDER: files },
    }),
    strike: (product) => submitReport(product, `${ONCE_DEADLY}1`),
  },
  'nothing-comes': { endsTraffic: true, strike: async () => {} },
  'leaking-memory': {
    launch: (files) => ({
      nodeArguments: preload('preloads/leak.ts'),
      environment: { LEAK_FILE: join(files, 'leak') },
    }),
    strike: async (_, files) => writeFileSync(join(files, 'leak'), ''),
  },
  'flapping-member': { strike: async (product, _, signal) => void flap(product, signal) },
  'broker-away': { strike: ({ broker }) => broker.stop() },
  'damaged-snapshot': {
    strike: async (product) => {
      await kill(product, 0)
      const file = join(product.folder, 'snapshots-0', 'known.snapshot')
      truncateSync(file, Math.floor(statSync(file).size / 2))
      const logFile = join(product.folder, 'matcher-0', 'match.log')
      rmSync(logFile)
      symlinkSync('/dev/full', logFile)
      await product.replaceMatcher(0)
    },
  },
  'no-room-for-snapshots': {
    strike: async ({ folder }) => {
      rmSync(join(folder, 'snapshots-0'), { recursive: true })
      // What is no folder can't be made one again by the matcher.
      writeFileSync(join(folder, 'snapshots-0'), '')
    },
  },
  'hits-refused': {
    strike: (product) => alterTopics(product, [product.settings.topics.hits], NOTHING_LONGER),
  },
  'reports-expired': {
    strike: async (product) => {
      const { topics } = product.settings
      await Promise.all([kill(product, 0), kill(product, 1)])
      await product.submit()
      await sleep(1_000)
      await administer(product.broker.brokers, async (admin) => {
        const ends = await admin.fetchTopicOffsets(topics.reports)
        const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }))
        await admin.deleteTopicRecords({ topic: topics.reports, partitions })
      })
      await Promise.all([product.replaceMatcher(0), product.replaceMatcher(1)])
    },
  },
  'slow-hits': {
    launch: (files) => ({
      nodeArguments: preload('preloads/slow-hits.ts'),
      environment: { SLOW_HITS_FILE: join(files, 'slow') },
    }),
    strike: async (_, files) => writeFileSync(join(files, 'slow'), ''),
  },
  'decisions-refused': {
    strike: async (product, _, signal) => {
      const { decisions, outcomes, auditCheckpoints } = product.settings.topics
      await alterTopics(product, [decisions, outcomes, auditCheckpoints], NOTHING_LONGER)
      const reviewer = new MadeUpReviewer('reviewer', seededRandom(19), () => product.review.url)
      void reviewer.run(signal)
    },
  },
  'sync-killed': {
    strike: async ({ sync }) => {
      process.kill(sync.pid, 'SIGKILL')
      await sync.exitCode
    },
  },
  'list-refused': { strike: ({ listServer }) => answering(listServer, 'refuses') },
  'list-damaged': { strike: ({ listServer }) => answering(listServer, 'damaged') },
  'list-bent': { strike: ({ listServer }) => answering(listServer, 'bent') },
  'list-halved': { strike: ({ listServer }) => answering(listServer, 'half') },
  'client-locked-out': {
    strike: async ({ reader }) => {
      reader.password = 'another password'
    },
  },
  'deaf-sharing': { strike: async ({ deafFile }) => writeFileSync(deafFile, '') },
  'probed-gateway': { strike: ({ platforms }) => platforms.probe() },
  'greedy-platform': {
    strike: async ({ platforms }, _, signal) => void platforms.exceed(signal),
  },
  'full-gateway': { strike: async ({ platforms }, _, signal) => platforms.fill(signal) },
  'no-database': { strike: ({ server }) => server.stop() },
}
