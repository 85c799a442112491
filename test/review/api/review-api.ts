// A running API on a store of its own, and people who use it, for tests.
import { tmpdir } from 'node:os'
import { generateKeyPairSync } from 'node:crypto'
import { pino } from 'pino'
import type { Role } from '../../../src/contract/review.ts'
import type { Hit } from '../../../src/contract/hit.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { Announcements } from '../../../src/review/api/announcements.ts'
import { SESSION_COOKIE } from '../../../src/review/api/identity.ts'
import { startAudit } from '../../../src/review/audit/start-audit.ts'
import { RunningLists } from '../../../src/review/curation/running-lists.ts'
import { RunningOperations } from '../../../src/review/operations/running-operations.ts'
import { serveReview } from '../../../src/review/api/review-server.ts'
import { storeHits } from '../../../src/review/intake/store-hits.ts'
import { storeClock } from '../../../src/review/review-context.ts'
import { ReviewService } from '../../../src/review/review-service.ts'
import type { Person } from '../../../src/review/sign-in/person.ts'
import { Sessions } from '../../../src/review/sign-in/sessions.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import type { ReviewSettings } from '../../../src/settings/review-settings.ts'
import { applyTopics, listsTopic, statusTopic, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import { openReviewStore, type ReviewStore } from '../review-store.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Of an answer in JSON. */
  readonly json: unknown
}

export interface ReviewApi extends AsyncDisposable {
  readonly url: string
  readonly store: ReviewStore
  readonly settings: ReviewSettings
  readonly metrics: Metrics
  /** What the operations page reads, with the topics of the settings. */
  readonly operationsLog: MemoryLog
  /** Lines of the log. */
  readonly log: readonly string[]
  /** The cookie of somebody who has signed in. */
  signIn(role: Role, person?: Partial<Person>): Promise<string>
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>
  /** Of the audit as it is now. It stays in the outbox. */
  makeCheckpoint(): Promise<void>
  /** Puts hits into cases and returns the cases' numbers, in order. */
  addHits(hits: readonly Hit[]): Promise<readonly string[]>
}

export interface AskOptions {
  readonly cookie?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export async function openReviewApi(
  changes: Partial<ReviewSettings> = {},
  consoleFolder = tmpdir(),
): Promise<ReviewApi> {
  const store = await openReviewStore()
  const settings = { ...loadSettings(undefined, {}).review, port: 0, ...changes }
  const log: string[] = []
  const logger = pino({}, { write: (line: string) => void log.push(line) })
  const db = store.server
  const announcements = new Announcements({ databaseUrl: store.serverUrl, logger })
  await announcements.listening
  const service = new ReviewService({ db, settings })
  // No checkpoint is published here.
  const checkpointLog = new MemoryLog()
  await checkpointLog.createTopic({ topic: 'audit-checkpoints', partitions: 1, config: {} }, 1)
  const audit = startAudit({
    db,
    log: checkpointLog,
    topic: 'audit-checkpoints',
    settings: settings.audit,
    key: generateKeyPairSync('ed25519').privateKey,
    onFailure: (error) => logger.error(error),
  })
  const metrics = createMetrics({ ofProcess: false })
  const everything = { ...loadSettings(undefined, {}), review: settings }
  const operationsLog = new MemoryLog()
  const { topics } = everything
  const wanted = [...wantedTopics(topics, 2), statusTopic(topics.status), listsTopic(topics.lists)]
  await applyTopics(operationsLog, wanted, topics, 1)
  const operations = new RunningOperations({
    settings: everything,
    databaseUrl: store.serverUrl,
    log: operationsLog,
    logger,
  })
  await operationsLog.createTopic(listsTopic(topics.lists))
  const lists = new RunningLists({
    context: { db, settings, clock: storeClock },
    log: operationsLog,
    topics,
    origins: {},
    logger,
  })
  const given = { settings, db, service, announcements, audit, operations, lists }
  const parts = { ...given, logger, metrics, consoleFolder }
  const server = await serveReview(parts)
  const { url } = server
  const api: ReviewApi = {
    url,
    store,
    settings,
    metrics,
    operationsLog,
    log,
    signIn: async (role, person = {}) => {
      const defaults = { subject: `${role}-1`, name: 'Somebody', groups: [], isDevelopment: false }
      const secret = await new Sessions(db).begin({ ...defaults, roles: [role], ...person })
      return `${SESSION_COOKIE}=${secret}`
    },
    ask: (method, path, options) => ask(new URL(path, url), method, options),
    makeCheckpoint: () => audit.make(),
    addHits: async (hits) => {
      await storeHits(db, settings, hits)
      const rows = await db.selectFrom('cases').select('case_id').orderBy('case_id').execute()
      return rows.map(({ case_id: id }) => id)
    },
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await Promise.all([announcements.stop(), audit.stop(), operations.stop(), lists.stop()])
      await store.close()
    },
  }
  return api
}

/** A text goes as it is; anything else as JSON. */
async function ask(url: URL, method: string, options: AskOptions = {}): Promise<Answer> {
  const { cookie, body, headers = {} } = options
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(cookie === undefined ? {} : { cookie }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: jsonOf(text) }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
