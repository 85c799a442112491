// The daemon that keeps lists up to date, killed again and again against servers whose lists move; then the known set is held
// against what the servers say.
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { startServiceProcess, type ServiceProcess } from '../../../src/cli/local/service-process.ts'
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'
import { ListRecords } from '../../../src/lists/list-records.ts'
import { seededRandom } from '../../../src/sample/random-hash.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import type { Settings } from '../../../src/settings/settings.ts'
import { applyTopics, listsTopic, statusTopic, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { eventually } from '../../fixtures/eventually.ts'
import type { KillRunOptions } from '../kill-program.ts'
import { judgeLists, type JudgedLists } from './judge-lists.ts'
import { MovingLists } from './moving-lists.ts'

/** The least that brokers permit: a killed daemon is taken for dead after it, and the next one begins. */
const SESSION_MS = 6_000
/** Between two changes of the lists, in milliseconds. */
const MOVE_EVERY_MS = 100
/** From the beginning of a daemon's work to its kill, at most. */
const LONGEST_LIFE_MS = 2_000
const SETTLE_MS = 240_000

export interface SyncRunResult extends JudgedLists {
  readonly kills: number
  readonly changes: number
  readonly withdrawals: number
  readonly faults: number
  readonly records: number
}

export async function runSync({
  brokers,
  kills,
  seed,
  say = () => {},
}: KillRunOptions): Promise<SyncRunResult> {
  const random = seededRandom(seed)
  await using site = await SyncSite.start(brokers, random)
  const stopping = new AbortController()
  const moving = site.keepMoving(stopping.signal)
  for (let kill = 0; kill < kills; kill++) {
    const daemon = await site.startDaemon()
    // Some are killed before their turn has come.
    if (random() < 0.9) await site.untilAtWork(daemon)
    await sleep(random() * LONGEST_LIFE_MS)
    process.kill(daemon.pid, 'SIGKILL')
    await daemon.exitCode
    say(`kill ${kill + 1} of ${kills}; ${site.lists.changes} changes of the lists so far`)
  }
  stopping.abort()
  await moving
  site.lists.calm()
  const last = await site.startDaemon()
  await site.untilRight()
  await last.stop()
  const { changes, withdrawals, faults } = site.lists
  return { kills, changes, withdrawals, faults, ...(await site.judge()) }
}

class SyncSite implements AsyncDisposable {
  readonly settings: Settings
  readonly log: KafkaLog
  readonly lists: MovingLists
  readonly #folder: string
  readonly #sourcesFile: string
  readonly #parts: AsyncDisposableStack
  #started = 0

  private constructor(settings: Settings, folder: string, lists: MovingLists, parts: AsyncDisposableStack) {
    this.settings = settings
    this.#folder = folder
    this.lists = lists
    this.#parts = parts
    this.log = new KafkaLog(settings.kafka)
    parts.defer(() => this.log.close())
    this.#sourcesFile = join(folder, 'sources.yaml')
    const secrets = join(folder, 'secrets')
    mkdirSync(secrets, { mode: 0o700 })
    writeFileSync(this.#sourcesFile, stringify({ sources: lists.sources(secrets) }))
  }

  static async start(brokers: string, random: () => number): Promise<SyncSite> {
    await using parts = new AsyncDisposableStack()
    const folder = mkdtempSync(join(tmpdir(), 'hashwarden-sync-run-'))
    parts.defer(() => rmSync(folder, { recursive: true, force: true }))
    const lists = new MovingLists(join(folder, 'folder'), random)
    await lists.listen()
    parts.defer(() => lists.close())
    const site = new SyncSite(settingsOf(brokers), folder, lists, parts.move())
    const { topics, provision } = site.settings
    const wanted = [...wantedTopics(topics, 1), statusTopic(topics.status), listsTopic(topics.lists)]
    await applyTopics(site.log, wanted, topics, provision.replicationFactor)
    return site
  }

  startDaemon(): Promise<ServiceProcess> {
    return startServiceProcess({
      command: ['hashset', 'sync', '--sources', this.#sourcesFile],
      settings: this.settings,
      folder: join(this.#folder, `daemon-${this.#started++}`),
      environment: process.env,
    })
  }

  async untilAtWork({ url }: ServiceProcess): Promise<void> {
    // One that waits for its turn is ready, too.
    await eventually(async () =>
      (await (await fetch(`${url}/metrics`)).text()).includes('\nhashwarden_sync_active 1\n'),
    )
  }

  async keepMoving(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.lists.move()
      await sleep(MOVE_EVERY_MS)
    }
  }

  /** The lists stand still, and the last daemon catches up; a run that never gets right is judged as it is. */
  async untilRight(): Promise<void> {
    const isRight = async (): Promise<boolean> => (await this.#judgeLists()).problems.length === 0
    await eventually(isRight, SETTLE_MS, 1_000).catch(() => {})
  }

  async judge(): Promise<JudgedLists & { readonly records: number }> {
    const [{ end }] = await this.log.offsets(this.settings.topics.knownHashes)
    const { entries, problems } = await this.#judgeLists()
    return { records: end, entries, problems: [...problems, ...(await this.#troubles())] }
  }

  /** What sources say of themselves: each must be read to its end, and nothing may wait for a person. */
  async #troubles(): Promise<readonly string[]> {
    const records = new ListRecords()
    await records.read(this.log, this.settings.topics.lists)
    return this.lists.truths().flatMap(({ name }) => {
      const { problem, pending } = records.state(name) ?? {}
      return [
        ...(problem === undefined ? [] : [`${name}: in trouble, ${problem.code}`]),
        ...(pending === undefined ? [] : [`${name}: a change waits for a person, ${pending.why}`]),
      ]
    })
  }

  #judgeLists(): Promise<JudgedLists> {
    return judgeLists(this.log, this.settings.topics.knownHashes, this.lists)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
  }
}

function settingsOf(brokers: string): Settings {
  const own = randomUUID().slice(0, 8)
  const { topics, ...settings } = loadSettings(undefined, { KAFKA_BROKERS: brokers })
  const named = Object.entries(topics).map(([role, topic]) => [
    role,
    typeof topic === 'string' ? `${topic}-${own}` : topic,
  ])
  return {
    ...settings,
    kafka: { ...settings.kafka, sessionTimeoutMs: SESSION_MS },
    // The same roles, each with another name.
    topics: Object.fromEntries(named) as Settings['topics'],
    sync: { group: `hashwarden-sync-${own}` },
    telemetry: { ...settings.telemetry, port: 0 },
  }
}
