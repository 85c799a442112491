// Review services of a deployment, on a PostgreSQL of their own.
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../src/cli/local/broker-address.ts'
import {
  startServiceProcess,
  type OtherVersion,
  type ServiceProcess,
} from '../../src/cli/local/service-process.ts'
import { connect } from '../../src/review/store/connect.ts'
import { startLocalServer, type LocalServer } from '../../src/review/store/local-server.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { applyTopics, reviewTopics } from '../../src/stream/topics/topics.ts'
import type { Deployment } from '../integration/deployment.ts'

/** `url` is the console's. */
export interface ReviewProcess extends ServiceProcess {
  /** Of /readyz and /metrics. */
  readonly telemetryUrl: string
}

export class ReviewServices implements AsyncDisposable {
  readonly settings: Settings
  readonly #server: LocalServer
  readonly #folder: string
  readonly #parts: AsyncDisposableStack
  #started = 0

  private constructor(settings: Settings, server: LocalServer, folder: string, parts: AsyncDisposableStack) {
    this.settings = settings
    this.#server = server
    this.#folder = folder
    this.#parts = parts
  }

  static async prepare({ log, settings }: Deployment): Promise<ReviewServices> {
    await using parts = new AsyncDisposableStack()
    const folder = mkdtempSync(join(tmpdir(), 'hashwarden-review-run-'))
    parts.defer(() => rmSync(folder, { recursive: true, force: true }))
    // PostgreSQL may run as another user.
    chmodSync(folder, 0o711)
    const server = await startLocalServer({ folder: join(folder, 'postgres'), port: await freePort() })
    parts.defer(() => server.stop())
    const keyFile = join(folder, 'audit-key.pem')
    const { privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    const { topics, provision, review } = settings
    await applyTopics(log, reviewTopics(topics, provision.partitions), topics, provision.replicationFactor)
    const group = `${settings.match.group}-review`
    const own = { ...review, port: 0, group, audit: { ...review.audit, keyFile } }
    return new ReviewServices({ ...settings, review: own }, server, folder, parts.move())
  }

  /** Resolves once it serves. */
  async start(version?: OtherVersion): Promise<ReviewProcess> {
    const service = await startServiceProcess({
      command: ['review'],
      settings: this.settings,
      folder: join(this.#folder, `review-${this.#started++}`),
      environment: { DATABASE_URL: this.#server.serverUrl, DATABASE_OWNER_URL: this.#server.ownerUrl },
      version,
    })
    this.#parts.defer(() => service.stop())
    const [, telemetryUrl] = /"url":"(http:[^"]+)"[^\n]*"Review service starting"/.exec(
      readFileSync(service.logFile, 'utf8'),
    ) ?? ['', '']
    return { ...service, telemetryUrl }
  }

  /** The hits that are in the store, by their ids. */
  async storedHits(): Promise<ReadonlySet<string>> {
    await using db = connect(this.#server.ownerUrl, { connections: 1 })
    const rows = await db.selectFrom('hits').select('hit_id').execute()
    return new Set(rows.map(({ hit_id }) => hit_id.toString('hex')))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
  }
}
