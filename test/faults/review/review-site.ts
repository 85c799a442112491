// Where a run of the review service takes place: topics, a PostgreSQL and two processes of its own.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { freePort } from '../../../src/cli/local/broker-address.ts'
import { startServiceProcess, type ServiceProcess } from '../../../src/cli/local/service-process.ts'
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'
import { connect, type ReviewDatabase } from '../../../src/review/store/connect.ts'
import { startLocalServer, type LocalServer } from '../../../src/review/store/local-server.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import type { Settings } from '../../../src/settings/settings.ts'
import { applyTopics, reviewTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const PARTITIONS = 3
const PROCESSES = 2

/** What `hashwarden review audit verify --json` prints. */
export interface AuditResult {
  readonly isIntact: boolean
  readonly entries: number
  readonly checkpoints: number
  readonly why?: string
}

export class ReviewSite implements AsyncDisposable {
  readonly settings: Settings
  readonly log: KafkaLog
  readonly #folder: string
  readonly #server: LocalServer
  readonly #processes: (ServiceProcess | undefined)[] = Array.from({ length: PROCESSES })
  readonly #parts: AsyncDisposableStack

  private constructor(settings: Settings, folder: string, server: LocalServer, parts: AsyncDisposableStack) {
    this.settings = settings
    this.log = new KafkaLog(settings.kafka)
    this.#folder = folder
    this.#server = server
    this.#parts = parts
    parts.defer(() => this.log.close())
    parts.defer(() => this.stopProcesses())
  }

  static async start(brokers: string): Promise<ReviewSite> {
    await using parts = new AsyncDisposableStack()
    const folder = mkdtempSync(join(tmpdir(), 'hashwarden-review-run-'))
    parts.defer(() => rmSync(folder, { recursive: true, force: true }))
    // PostgreSQL may run as another user.
    chmodSync(folder, 0o711)
    const server = await startLocalServer({ folder: join(folder, 'postgres'), port: await freePort() })
    parts.defer(() => server.stop())
    const site = new ReviewSite(settingsOf(brokers, folder), folder, server, parts.move())
    const { topics, provision } = site.settings
    const wanted = [...wantedTopics(topics, PARTITIONS), ...reviewTopics(topics, PARTITIONS)]
    await applyTopics(site.log, wanted, topics, provision.replicationFactor)
    for (let place = 0; place < PROCESSES; place++) await site.#start(place)
    return site
  }

  /** The address of one of the processes that serve now. */
  url(place: number): string | undefined {
    return this.#processes[place]?.url
  }

  /** As the owner of the tables. Close it by `destroy()`. */
  database(): ReviewDatabase {
    return connect(this.#server.ownerUrl)
  }

  /** Ends a process by SIGKILL, and starts another one in its place. */
  async killProcess(place: number): Promise<void> {
    const killed = this.#processes[place]
    this.#processes[place] = undefined
    if (killed) {
      process.kill(killed.pid, 'SIGKILL')
      await killed.exitCode
    }
    await this.#start(place)
  }

  /** Ends PostgreSQL by SIGKILL, and starts it again on the same data. */
  async killPostgres(): Promise<void> {
    if (this.#server.pid !== undefined) process.kill(this.#server.pid, 'SIGKILL')
    await this.#server.restart()
  }

  /** Records of hits that are not in the store yet. */
  async lag(): Promise<number> {
    const { topics, review } = this.settings
    const committed = await this.log.committed(review.group, topics.hits)
    const ends = await this.log.offsets(topics.hits)
    return ends.reduce((lag, { partition, end }) => {
      const done = committed.find((one) => one.partition === partition)?.offset ?? 0
      return lag + end - done
    }, 0)
  }

  async stopProcesses(): Promise<void> {
    const running = this.#processes.filter((one) => one !== undefined)
    await Promise.all(running.map((one) => one.stop()))
  }

  async verifyAudit(): Promise<AuditResult> {
    const configFile = join(this.#folder, 'audit.yaml')
    writeFileSync(configFile, stringify(this.settings))
    const command = [MAIN, 'review', 'audit', 'verify', '--json', '--config', configFile]
    const env = {
      ...process.env,
      ...this.#environment(),
      KAFKA_BROKERS: this.settings.kafka.brokers.join(','),
    }
    const { stdout } = await promisify(execFile)(process.execPath, command, { env }).catch(
      // Exit code 1 says that the audit is broken: standard output says how.
      (error: unknown) => {
        if (error instanceof Error && 'stdout' in error && String(error.stdout) !== '')
          return { stdout: String(error.stdout) }
        throw error
      },
    )
    // What the command prints for programs.
    return JSON.parse(stdout) as AuditResult
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
  }

  async #start(place: number): Promise<void> {
    this.#processes[place] = await startServiceProcess({
      command: ['review'],
      settings: this.settings,
      folder: join(this.#folder, `review-${place}`),
      environment: this.#environment(),
    })
  }

  #environment(): Record<string, string> {
    return { DATABASE_URL: this.#server.serverUrl, DATABASE_OWNER_URL: this.#server.ownerUrl }
  }
}

function settingsOf(brokers: string, folder: string): Settings {
  const own = randomUUID().slice(0, 8)
  const { topics, ...rest } = loadSettings(undefined, { KAFKA_BROKERS: brokers })
  const named = Object.fromEntries(Object.entries(topics).map(([role, topic]) => [role, `${topic}-${own}`]))
  const keyFile = join(folder, 'audit-key.pem')
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return {
    ...rest,
    // Each role has a topic of its own name; reportsPerPlatform is not set.
    topics: named as unknown as Settings['topics'],
    provision: { partitions: PARTITIONS, replicationFactor: 1 },
    review: {
      ...rest.review,
      port: 0,
      group: `review-${own}`,
      leaseMinutes: 0.1,
      undoSeconds: 1,
      skipMinutes: 0,
      audit: { ...rest.review.audit, keyFile },
    },
  }
}
