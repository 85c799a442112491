// The whole system on this machine, for Prometheus to look at and for faults to strike: a broker, a PostgreSQL, two matchers, a
// review service, a daemon that keeps a list up to date from a server of ours, a process that shares known hashes with a reader,
// and a gateway with some platforms.
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freePort } from '../../src/cli/local/broker-address.ts'
import { startJavaBroker, type JavaBroker } from '../../src/cli/local/broker-java.ts'
import {
  startMatcherProcess,
  type MatcherLaunch,
  type MatcherProcess,
} from '../../src/cli/local/matcher-process.ts'
import { startServiceProcess, type ServiceProcess } from '../../src/cli/local/service-process.ts'
import { canaryEntry } from '../../src/contract/canary.ts'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import type { OutgoingRecord } from '../../src/log/event-log.ts'
import { startLocalServer, type LocalServer } from '../../src/review/store/local-server.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import {
  applyTopics,
  keysTopic,
  listsTopic,
  reviewTopics,
  statusTopic,
  wantedTopics,
} from '../../src/stream/topics/topics.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { GatewayClients, gatewaySettings, KEY_LINES } from './gateway-clients.ts'
import { ListServer } from './list-server.ts'
import { clientOf, PASSWORD_HASH, ShareReader } from './share-reader.ts'

const MATCHERS = 2
/** Entries of the list at the start. */
const LISTED = 50

/** Addresses to scrape, by job. */
export type Targets = Readonly<Record<string, readonly string[]>>

/** How a matcher is started: as settings and launch say, over those of the others. */
interface MatcherStart {
  readonly settings?: (settings: Settings) => Settings
  readonly launch?: MatcherLaunch
}

export interface Product extends AsyncDisposable {
  readonly folder: string
  readonly targets: Targets
  readonly settings: Settings
  readonly log: KafkaLog
  readonly broker: JavaBroker
  readonly server: LocalServer
  readonly matchers: readonly MatcherProcess[]
  readonly review: ServiceProcess
  readonly sync: ServiceProcess
  readonly listServer: ListServer
  readonly reader: ShareReader
  readonly platforms: GatewayClients
  /** Once it is there, the process that shares known hashes applies none of their changes any more. */
  readonly deafFile: string
  /** The list as it was at the start. */
  readonly listed: readonly KnownHash[]
  /** Starts a matcher in the place of this one, which has ended. */
  replaceMatcher(n: number, start?: MatcherStart): Promise<void>
  /** Submits some reports, one of which makes a hit and one by HTTPS, changes the list a little, and reads what is shared. */
  submit(): Promise<void>
  /** Does what must wake an operator: the alerts of provoked.ts. */
  provoke(): Promise<void>
}

export interface ProductOptions {
  readonly canarySeconds: number
  /** What is preloaded into all matchers. */
  readonly launch?: MatcherLaunch | undefined
}

export async function startProduct({ canarySeconds, launch }: ProductOptions): Promise<Product> {
  await using parts = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-real-run-'))
  parts.defer(() => rmSync(folder, { recursive: true, force: true }))
  // PostgreSQL may run as another user.
  chmodSync(folder, 0o711)
  const [broker, server] = await Promise.all([
    startJavaBroker({ dataDir: join(folder, 'kafka'), log: (line) => console.error(line) }),
    startLocalServer({ folder: join(folder, 'postgres'), port: await freePort() }),
  ])
  parts.defer(() => broker.stop())
  parts.defer(() => server.stop())
  const settings = settingsOf(broker.brokers, folder, canarySeconds)
  const { topics, provision } = settings
  const log = new KafkaLog(settings.kafka)
  parts.defer(() => log.close())
  const wanted = [
    ...wantedTopics(topics, provision.partitions),
    ...reviewTopics(topics, provision.partitions),
    statusTopic(topics.status),
    listsTopic(topics.lists),
    keysTopic(topics.gatewayKeys),
  ]
  await applyTopics(log, wanted, topics, provision.replicationFactor)
  await publishCanaries(log, topics.knownHashes)
  const random = seededRandom(16)
  const newEntry = (): KnownHash => knownHash('pdq', randomBalancedHash(random))
  const listed = Array.from({ length: LISTED }, newEntry)
  await log.produce(topics.knownHashes, listed.map(recordOf))
  const [{ value: known }] = listed
  const startMatcher = async (n: number, start: MatcherStart = {}): Promise<MatcherProcess> => {
    const own = withSnapshot(settings, join(folder, `snapshots-${n}`))
    const matcherSettings = start.settings?.(own) ?? own
    const matcher = await startMatcherProcess(matcherSettings, join(folder, `matcher-${n}`), {
      ...launch,
      ...start.launch,
    })
    return matcher
  }
  const matching = Array.from({ length: MATCHERS }, async (_, n) => {
    const matcher = await startMatcher(n)
    parts.defer(() => matcher.stop())
    return matcher
  })
  const telemetryPort = await freePort()
  const review = await startServiceProcess({
    command: ['review', '--telemetry-port', String(telemetryPort)],
    settings,
    folder: join(folder, 'review'),
    environment: { DATABASE_URL: server.serverUrl, DATABASE_OWNER_URL: server.ownerUrl },
  })
  parts.defer(() => review.stop())
  const listServer = new ListServer()
  const base = await listServer.start()
  parts.defer(() => listServer.stop())
  const sync = await startSync(settings, join(folder, 'sync'), base)
  parts.defer(() => sync.stop())
  const serveFolder = join(folder, 'serve')
  const serve = await startServe(settings, serveFolder)
  parts.defer(() => serve.stop())
  const reader = new ShareReader(serve.url)
  const gateway = await startGateway(settings, join(folder, 'gateway'))
  parts.defer(() => gateway.stop())
  const platforms = new GatewayClients(gateway.url)
  const matchers = await Promise.all(matching)
  let newest: KnownHash | undefined
  const running = parts.move()
  return {
    folder,
    settings,
    log,
    broker,
    server,
    matchers,
    review,
    sync,
    listServer,
    reader,
    platforms,
    deafFile: deafFileIn(serveFolder),
    listed,
    get targets() {
      return {
        hashwarden: matchers.map(({ url }) => new URL(url).host),
        'hashwarden-review': [`127.0.0.1:${telemetryPort}`],
        'hashwarden-sync': [new URL(sync.url).host],
        'hashwarden-serve': [`127.0.0.1:${serve.telemetryPort}`],
        'hashwarden-gateway': [`127.0.0.1:${gateway.telemetryPort}`],
      }
    },
    replaceMatcher: async (n, start) => {
      const matcher = await startMatcher(n, start)
      running.defer(() => matcher.stop())
      matchers[n] = matcher
    },
    submit: async () => {
      const entry = newEntry()
      const removed = newest && [{ key: knownHashKey(newest), value: null }]
      newest = entry
      await log.produce(topics.knownHashes, [recordOf(entry), ...(removed ?? [])])
      const values = [known, ...Array.from({ length: 20 }, () => randomBalancedHash(random))]
      await log.produce(
        topics.reports,
        values.map((value) => {
          const report = pdqReport(value)
          return { key: report.reportId, value: JSON.stringify(report) }
        }),
      )
      await reader.read()
      await platforms.report()
    },
    provoke: async () => {
      const removed = { key: knownHashKey(canaryEntry('pdq')), value: null }
      const nonsense = { key: 'nonsense', value: 'nonsense' }
      await log.produce(topics.knownHashes, [removed, nonsense])
      await log.produce(topics.hits, [nonsense])
      // One of them reaches the matcher that stays: the other's counter may be gone before it is scraped.
      for (let partition = 0; partition < provision.partitions; partition++)
        await log.produceTo(topics.reports, partition, nonsense)
      const [first] = matchers
      process.kill(first.pid, 'SIGKILL')
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The daemon reads the list every three seconds, and it is stale after half a minute. */
function startSync(settings: Settings, folder: string, base: string): Promise<ServiceProcess> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'sources.yaml')
  const source = {
    name: 'partner-list',
    kind: 'https',
    base,
    format: 'lines',
    classification: { scheme: 'example', code: 'A1' },
    everyMinutes: 0.05,
    staleAfterMinutes: 0.5,
  }
  writeFileSync(file, stringify({ sources: [source] }))
  return startServiceProcess({ command: ['hashset', 'sync', '--sources', file], settings, folder })
}

const deafFileIn = (folder: string): string => join(folder, 'deaf')

/** Shares with one client. It has a preload that does nothing until its file is there. */
async function startServe(
  settings: Settings,
  folder: string,
): Promise<ServiceProcess & { readonly telemetryPort: number }> {
  mkdirSync(folder, { recursive: true })
  const passwords = join(folder, 'partner.hash')
  writeFileSync(passwords, PASSWORD_HASH, { mode: 0o600 })
  const telemetryPort = await freePort()
  const process = await startServiceProcess({
    command: ['hashset', 'serve', '--telemetry-port', String(telemetryPort)],
    settings: {
      ...settings,
      sharing: { ...settings.sharing, host: '127.0.0.1', port: 0, clients: [clientOf(passwords)] },
    },
    folder,
    nodeArguments: ['--import', new URL('preloads/deaf-feed.ts', import.meta.url).href],
    environment: { DEAF_FEED_FILE: deafFileIn(folder), DEAF_FEED_TOPIC: settings.topics.knownHashes },
  })
  return { ...process, telemetryPort }
}

async function startGateway(
  settings: Settings,
  folder: string,
): Promise<ServiceProcess & { readonly telemetryPort: number }> {
  mkdirSync(folder, { recursive: true })
  const keysFile = join(folder, 'keys')
  writeFileSync(keysFile, KEY_LINES, { mode: 0o600 })
  const telemetryPort = await freePort()
  const process = await startServiceProcess({
    command: ['gateway', '--telemetry-port', String(telemetryPort)],
    settings: { ...settings, gateway: gatewaySettings(settings.gateway, keysFile) },
    folder,
  })
  return { ...process, telemetryPort }
}

const recordOf = (entry: KnownHash): OutgoingRecord => ({
  key: knownHashKey(entry),
  value: encodeKnownHash(entry),
})

/** Each matcher has a folder for its snapshot, which is written every six seconds. */
function withSnapshot(settings: Settings, folder: string): Settings {
  mkdirSync(folder, { recursive: true })
  const snapshot = { file: join(folder, 'known.snapshot'), everyMinutes: 0.1 }
  return { ...settings, match: { ...settings.match, snapshot } }
}

function settingsOf(brokers: string, folder: string, canarySeconds: number): Settings {
  const settings = loadSettings(undefined, { KAFKA_BROKERS: brokers })
  const keyFile = join(folder, 'audit-key.pem')
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return {
    ...settings,
    topics: { ...settings.topics, reportsPerPlatform: false },
    provision: { partitions: 4, replicationFactor: 1 },
    match: { ...settings.match, canarySeconds, threads: 1 },
    review: { ...settings.review, port: 0, audit: { ...settings.review.audit, keyFile } },
  }
}
