// Two whole deployments in one process: the first shares its known hashes over TLS, the second keeps them up to date with the
// daemon and its settings as they are. Each has a log of its own; a test turns the clock of both.
import { createSecretKey, randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { stringify } from 'yaml'
import { decodeEntry, type Entry } from '../../../src/contract/known-hash.ts'
import { canonicalJson } from '../../../src/contract/json.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { compareSets, type SourcePair } from '../../../src/lists/compare/compare-sets.ts'
import { decodeSetSummary, summariseSet, type SetSummary } from '../../../src/lists/compare/set-summary.ts'
import { openSources } from '../../../src/lists/sync/open-sources.ts'
import { SyncDaemon } from '../../../src/lists/sync/sync-daemon.ts'
import type { EventLog } from '../../../src/log/event-log.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { loadSources } from '../../../src/settings/load-sources.ts'
import type { SharingClient } from '../../../src/settings/sharing-settings.ts'
import type { NcmecSource } from '../../../src/settings/source-settings.ts'
import { TOPIC_RECORD_KEY } from '../../../src/stream/topics/topics.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { Authority } from '../../kafka/security/certificates.ts'
import { hashOf, openSharing, PASSWORD, SharedTopic, TOPIC } from '../serve/shared-topic.ts'
import { secretFile } from '../serve/sharing.ts'
import { KNOWN, LISTS, statesIn } from '../sync/list-topics.ts'

const QUICK_MS = 5
/** A range ends some seconds before now. */
const SETTLED_SECONDS = 10
const REQUESTS_A_MINUTE = 1_000_000

type Client = Omit<SharingClient, 'passwordHash'>

/** The deployment that shares: its topic, and `hashset serve` on a port that stays the same. */
export class SharingDeployment {
  readonly topic: SharedTopic
  readonly ca: string
  readonly #client: Client
  readonly #tls: { readonly certificate: string; readonly key: string }
  readonly #passwordHash = secretFile(hashOf(PASSWORD))
  #running: Awaited<ReturnType<typeof openSharing>> | undefined
  #port = 0

  private constructor(topic: SharedTopic, client: Client) {
    const authority = new Authority('tests')
    const { certificate, key } = authority.issue({ name: 'sharing', hosts: ['127.0.0.1'] })
    this.topic = topic
    this.ca = secretFile(authority.certificate)
    this.#client = client
    this.#tls = { certificate: secretFile(certificate), key: secretFile(key) }
  }

  /** Close it: it serves. */
  static async start(client: Client): Promise<SharingDeployment> {
    const deployment = new SharingDeployment(await SharedTopic.make(), client)
    await deployment.restart()
    deployment.#port = Number(new URL(deployment.url).port)
    return deployment
  }

  get url(): string {
    if (this.#running === undefined) throw new TypeError('It does not serve now')
    return this.#running.url
  }

  /** Another process, which knows nothing but the topic. */
  async restart(): Promise<void> {
    await this.#running?.close()
    this.#running = await openSharing(this.topic, {
      host: '127.0.0.1',
      port: this.#port,
      tls: this.#tls,
      requestsPerMinute: REQUESTS_A_MINUTE,
      clients: [{ ...this.#client, passwordHash: { file: this.#passwordHash } }],
    })
  }

  /** The same, after the broker has compacted the topic. */
  async restartCompacted(): Promise<void> {
    this.topic.log.compact(TOPIC)
    await this.restart()
  }

  async close(): Promise<void> {
    await this.#running?.close()
    await this.topic.log.close()
  }
}

/** What the second deployment calls a source, and where the first one has it. '' is the base of all. */
export type Followed = Readonly<Record<string, string>>

/** The deployment that reads the first one, with `hashset sync`. */
export class FollowingDeployment {
  readonly log: MemoryLog
  readonly #from: SharingDeployment
  readonly #sources: Followed
  readonly #sourcesFile: string
  #daemon: SyncDaemon | undefined

  private constructor(from: SharingDeployment, sources: Followed, changes: Partial<NcmecSource>) {
    this.log = new MemoryLog({ clock: () => from.topic.nowMs })
    this.#from = from
    this.#sources = sources
    const password = secretFile(PASSWORD)
    this.#sourcesFile = secretFile(
      stringify({
        sources: Object.entries(sources).map(([name, theirs]): NcmecSource => ({
          kind: 'ncmec',
          name,
          base: theirs === '' ? from.url : `${from.url}/${theirs}`,
          tls: { ca: from.ca },
          username: 'reader',
          password: { file: password },
          ...changes,
        })),
      }),
    )
  }

  /** Close it: its daemon works. */
  static async start(
    from: SharingDeployment,
    sources: Followed,
    changes: Partial<NcmecSource> = {},
  ): Promise<FollowingDeployment> {
    const deployment = new FollowingDeployment(from, sources, changes)
    for (const topic of [KNOWN, LISTS]) await deployment.log.createTopic({ topic, partitions: 1, config: {} })
    await deployment.restart()
    return deployment
  }

  /** Another process, which knows nothing but the topics and the settings. */
  async restart(): Promise<void> {
    await this.#daemon?.stop()
    const clock = (): number => this.#from.topic.nowMs
    const { sources } = loadSources(this.#sourcesFile)
    this.#daemon = new SyncDaemon({
      log: this.log,
      topic: LISTS,
      group: 'sync',
      sources: openSources(sources, KNOWN, clock).map((source) => ({ ...source, everyMs: QUICK_MS })),
      sweeps: [],
      metrics: createMetrics({ ofProcess: false }),
      health: new Health(),
      logger: pino({ level: 'silent' }),
      retryMs: [QUICK_MS],
      clock,
    })
    await this.#daemon.start()
  }

  /** Until it has read all that is in the first one's topic now; the clock moves on for that. */
  async untilRests(): Promise<void> {
    const { topic } = this.#from
    const changedMs = topic.nowMs
    topic.wait(SETTLED_SECONDS)
    for (const name of Object.keys(this.#sources))
      await eventually(
        async () => {
          const { checkpoint = '', problem } = (await statesIn(this.log, name)).at(-1) ?? {}
          const [time] = checkpoint.split(' ')
          // It may pass: the first one was away. What stays is the cause of the failure.
          if (problem !== undefined) throw new Error(problem.text)
          return Date.parse(time) > changedMs
        },
        undefined,
        QUICK_MS,
      )
  }

  async close(): Promise<void> {
    await this.#daemon?.stop()
    await this.log.close()
  }
}

/** Both, until the work is done. */
export async function withDeployments(
  { client, sources, changes }: { client: Client; sources: Followed; changes?: Partial<NcmecSource> },
  work: (first: SharingDeployment, second: FollowingDeployment) => Promise<void>,
): Promise<void> {
  const first = await SharingDeployment.start(client)
  try {
    const second = await FollowingDeployment.start(first, sources, changes)
    try {
      await work(first, second)
    } finally {
      await second.close()
    }
  } finally {
    await first.close()
  }
}

const KEY = createSecretKey(randomBytes(32))

/** `hashset compare --json` there, and `hashset compare` with its file here. */
export async function comparison(here: EventLog, there: EventLog, pair: SourcePair) {
  const file = canonicalJson(await summariseSet(there, TOPIC, KEY, new Date()))
  const read = decodeSetSummary(Buffer.from(file))
  if (read instanceof Rejection) throw new Error(`The summary can't be read: ${read.toString()}`)
  const ours: SetSummary = await summariseSet(here, KNOWN, KEY, new Date())
  const [compared] = compareSets(ours, read, [pair])
  return compared
}

/** `type:value` of an entry. */
export const shown = ({ type, value }: Pick<Entry, 'type' | 'value'>): string => `${type}:${value}`

/** What a matcher would search of a source, and all that its records have ever said. */
export async function heldBy(
  log: EventLog,
  source: string,
  topic = KNOWN,
): Promise<{
  readonly entries: readonly Entry[]
  readonly live: readonly string[]
  readonly ever: ReadonlySet<string>
}> {
  const searched = new Map<string, Entry>()
  const ever = new Set<string>()
  await readToEnd(log, topic, ({ key, value }) => {
    if (String(key) === TOPIC_RECORD_KEY) return
    const change = decodeEntry(key, value)
    if (change instanceof Rejection) throw new Error(`A record is no entry: ${change.toString()}`)
    const { identity, entry } = change
    if (identity.source !== source) return
    ever.add(shown(identity))
    if (entry?.role === 'match' && entry.held === undefined) searched.set(change.key, entry)
    else searched.delete(change.key)
  })
  const entries = [...searched.values()]
  return { entries, live: entries.map(shown).toSorted(), ever }
}
