// Wires the parts of the review service together: store, intake, outbox, leases, API.
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import type { ReviewStatus } from '../contract/status.ts'
import type { KafkaListener } from '../kafka/kafka-log.ts'
import type { EventLog } from '../log/event-log.ts'
import type { FencedLog } from '../log/fenced-writer.ts'
import { Announcements } from '../review/api/announcements.ts'
import { auditKey } from '../review/audit/audit-key.ts'
import { startAudit } from '../review/audit/start-audit.ts'
import { serveReview } from '../review/api/review-server.ts'
import { startRetention } from '../review/retention/start-retention.ts'
import { startReviewGauges } from '../review/review-gauges.ts'
import { RunningLists } from '../review/curation/running-lists.ts'
import { RunningOperations } from '../review/operations/running-operations.ts'
import { migrateCurations } from '../review/curation/curation-schema.ts'
import { migrateSamples } from '../review/operations/sample-store.ts'
import { storeClock } from '../review/review-context.ts'
import { reviewStatus } from '../review/review-status.ts'
import { ReviewService } from '../review/review-service.ts'
import { startUpkeep } from '../review/start-upkeep.ts'
import { usesDevelopmentSignIn } from '../review/sign-in/development.ts'
import { connect } from '../review/store/connect.ts'
import { mayChangeAudit, migrate } from '../review/store/migrate.ts'
import { isStoreAway, whyStoreFailed } from '../review/store/store-away.ts'
import { readEnvironmentSecret } from '../secrets/secret.ts'
import { loadPolicy } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import type { Logger } from '../telemetry/log.ts'
import { pause } from '../waiting/pause.ts'
import type { Telemetry } from './match-service.ts'
import { startLogParts } from './review-log.ts'
import { StoreHealth } from './store-health.ts'

/** Where the key of a demonstration's audit is, unless the settings name one. */
export const AUDIT_FOLDER = fileURLToPath(new URL('../../.cache/review', import.meta.url))
const CONSOLE_FOLDER = fileURLToPath(new URL('../../.cache/console', import.meta.url))
const RETRY_MS = 1_000
/** A change of a table with millions of rows, or the wait for another process that makes it. */
const MIGRATION_MS = 600_000

/** One database, as two roles. */
export interface Databases {
  /** The role that serves. */
  readonly databaseUrl: string
  /** The owner of the tables. */
  readonly ownerUrl?: string
}

/** The environment does not say which database to use. */
class DatabaseUrlError extends Error {
  readonly code = 'DATABASE_URL'
  override readonly name = 'DatabaseUrlError'
}

/** Whether the environment names a database. */
export const namesDatabase = (environment: NodeJS.ProcessEnv): boolean =>
  Boolean(environment['DATABASE_URL'] || environment['DATABASE_URL_FILE'])

/** By DATABASE_URL and DATABASE_OWNER_URL, or the files that DATABASE_URL_FILE and DATABASE_OWNER_URL_FILE name. */
export function databasesOf(environment: NodeJS.ProcessEnv): Databases {
  const databaseUrl = readEnvironmentSecret('DATABASE_URL', environment)
  const ownerUrl = readEnvironmentSecret('DATABASE_OWNER_URL', environment)
  if (!databaseUrl)
    throw new DatabaseUrlError(
      'DATABASE_URL is not set: name a PostgreSQL database (postgres://user:password@host:5432/name), or in DATABASE_URL_FILE a file with it, or use --local for one of its own.',
    )
  return { databaseUrl, ...(ownerUrl ? { ownerUrl } : {}) }
}

export interface ReviewProcessOptions extends Telemetry {
  readonly settings: Settings
  readonly databases: Databases
  readonly log: EventLog & FencedLog
  readonly listener: KafkaListener
  /** For the operations page, so that its failures are not those of intake; `log`, if it is left out. */
  readonly operationsLog?: EventLog
  /** Ends the wait for a database that is away. */
  readonly signal: AbortSignal
  readonly consoleFolder?: string
}

export interface RunningReview {
  /** Where browsers reach it. */
  readonly url: string
  /** What it has to say of itself. */
  readonly status: () => Promise<ReviewStatus>
  stop(): Promise<void>
}

/** Makes or changes the tables. Throws if the database is away. */
export async function migrateReview({ databaseUrl, ownerUrl }: Databases, logger: Logger): Promise<void> {
  const db = connect(ownerUrl ?? databaseUrl, { logger, connections: 2, statementMs: MIGRATION_MS })
  try {
    // pg reads the address, with its defaults.
    const { user } = new Client({ connectionString: databaseUrl })
    const serverRole = ownerUrl === undefined ? undefined : (user ?? undefined)
    const done = [...(await migrate(db, serverRole)), ...(await migrateCurations(db, serverRole))]
    if (done.length > 0) logger.info({ migrations: done }, 'The tables of the review store are changed')
    // Without the owner's address the tables are there already, or belong to the role that serves.
    if (ownerUrl === undefined && (await mayChangeAudit(db)))
      logger.warn(
        'Without DATABASE_OWNER_URL the tables belong to the role that serves: only triggers and published checkpoints protect the audit',
      )
    // The operations page does without its history, and says what to do.
    await migrateSamples(db, serverRole).catch((error: unknown) => {
      if (isStoreAway(error)) throw error
      logger.warn(
        { why: whyStoreFailed(error) },
        'The operations page has no tables for its history: run `hashwarden review migrate` as the owner of the database',
      )
    })
  } finally {
    await db.destroy()
  }
}

/**
 * Starts the service: waits for the database, and says so once; Kafka may be away. Resolves with undefined if `signal`
 * aborts first.
 */
export async function startReview(options: ReviewProcessOptions): Promise<RunningReview | undefined> {
  const { settings, databases, log, logger, metrics, health, signal } = options
  // Before anything is opened: both may refuse.
  const isDemonstration = usesDevelopmentSignIn(settings.review, databases.databaseUrl)
  const key = auditKey(settings.review.audit, isDemonstration ? AUDIT_FOLDER : undefined)
  const storeHealth = new StoreHealth({ health, logger })
  storeHealth.waitFor('not reached yet')
  const isReached = await untilStore(storeHealth, signal, () => migrateReview(databases, logger))
  if (!isReached) return undefined
  // Open parts are closed again if a later one can't start, as on a port that is taken: or the process would not end.
  await using open = new AsyncDisposableStack()
  const db = open.adopt(connect(databases.databaseUrl, { logger }), (pool) => pool.destroy())
  const service = new ReviewService({ db, settings: settings.review })
  const consoleFolder = options.consoleFolder ?? CONSOLE_FOLDER
  const onFailure = (error: unknown): void => storeHealth.failed(error)
  const topic = settings.topics.auditCheckpoints
  const audit = startAudit({ db, log, topic, settings: settings.review.audit, key, onFailure })
  open.defer(() => audit.stop())
  const announcements = new Announcements({ databaseUrl: databases.databaseUrl, logger })
  open.defer(() => announcements.stop())
  const operations = new RunningOperations({
    settings,
    databaseUrl: databases.databaseUrl,
    log: options.operationsLog ?? log,
    logger,
  })
  open.defer(() => operations.stop())
  const lists = new RunningLists({
    context: { db, settings: settings.review, clock: storeClock },
    log: options.operationsLog ?? log,
    topics: settings.topics,
    origins: loadPolicy().origins,
    logger,
  })
  open.defer(() => lists.stop())
  const server = await serveReview({
    settings: settings.review,
    db,
    service,
    announcements,
    audit,
    operations,
    lists,
    logger,
    metrics,
    consoleFolder,
  })
  open.defer(() => server.close())
  const logParts = startLogParts({ ...options, db, store: storeHealth })
  const parts = [
    logParts,
    startReviewGauges({ db, metrics, store: storeHealth }),
    startRetention({ db, settings: settings.review, metrics, store: storeHealth }),
    startUpkeep({ service, sessions: server.sessions, store: storeHealth, logger }),
  ]
  open.defer(async () => {
    await Promise.all(parts.map((part) => part.stop()))
  })
  const running = open.move()
  const { group } = settings.review
  return {
    url: server.url,
    status: () => reviewStatus({ group, metrics, partitions: logParts.partitions }),
    stop: () => running.disposeAsync(),
  }
}

/** Does the work, and retries it while PostgreSQL can't be reached. False: `signal` aborted first. */
async function untilStore(
  storeHealth: StoreHealth,
  signal: AbortSignal,
  work: () => Promise<unknown>,
): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await work()
      storeHealth.reached()
      return true
    } catch (error) {
      if (!isStoreAway(error)) throw error
      storeHealth.failed(error)
      await pause(RETRY_MS, signal)
    }
  }
  return false
}
