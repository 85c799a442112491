// `hashwarden review`: the review queue as a process, from its start to an orderly end.
import { Command } from 'commander'
import { kafkaHealth } from '../kafka/kafka-health.ts'
import { KafkaLog } from '../kafka/kafka-log.ts'
import { loadSettings } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import { StatusPublisher } from '../stream/status/status-publisher.ts'
import { STOPPING_PART } from '../telemetry/health-parts.ts'
import { serveTelemetry } from '../telemetry/server.ts'
import { untilAborted } from '../waiting/until-aborted.ts'
import { createTelemetry, type Telemetry } from './match-service.ts'
import { portNumber } from './option-values.ts'
import { auditCommand } from './review-audit.ts'
import {
  databasesOf,
  migrateReview,
  startReview,
  type Databases,
  type RunningReview,
} from './review-process.ts'
import { sessionsCommand } from './review-sessions.ts'
import { ServiceEnd } from './service-end.ts'
import { CONFIG_OPTION, untilSignal, type ConfigOption } from './session.ts'
import { ownVersion } from './version.ts'

/** What a running service is given. */
interface Run {
  readonly settings: Settings
  readonly telemetry: Telemetry
  readonly end: ServiceEnd
  readonly signal: AbortSignal
}

interface ReviewOptions extends ConfigOption {
  readonly local?: true
  readonly port?: number
  readonly telemetryPort?: number
}

export const reviewCommand = (): Command =>
  new Command('review')
    .description('serve the review queue: hits become cases, and people decide on them')
    .option(...CONFIG_OPTION)
    .option('--local', 'with a PostgreSQL of its own in .cache/review, in place of DATABASE_URL')
    .option('--port <n>', 'port of the API and the console (default: as in the settings)', portNumber)
    .option(
      '--telemetry-port <n>',
      'port of /metrics, /healthz and /readyz (default: as in the settings)',
      portNumber,
    )
    .addHelpText(
      'after',
      `
DATABASE_URL names the database, as the role that serves: it needs no right to change the audit. DATABASE_OWNER_URL, if it
is given, names the same database as the owner of its tables, which makes and changes them at the start. Both can be in files, which DATABASE_URL_FILE
and DATABASE_OWNER_URL_FILE name.`,
    )
    .action(review)
    .addCommand(
      new Command('migrate')
        .description(
          'make or change the tables of the database, as DATABASE_OWNER_URL or DATABASE_URL, and end',
        )
        .option(...CONFIG_OPTION)
        // `review` itself has this option, too, and commander gives it what stands behind its name.
        .action((_: ConfigOption, command: Command) => migrate(command.optsWithGlobals())),
    )
    .addCommand(auditCommand())
    .addCommand(sessionsCommand())

function settingsOf({ config, port, telemetryPort }: ReviewOptions): Settings {
  const settings = loadSettings(config)
  return {
    ...settings,
    review: { ...settings.review, ...(port === undefined ? {} : { port }) },
    telemetry: { ...settings.telemetry, ...(telemetryPort === undefined ? {} : { port: telemetryPort }) },
  }
}

async function migrate({ config }: ConfigOption): Promise<void> {
  const { telemetry } = loadSettings(config)
  const { logger } = createTelemetry(telemetry.logLevel)
  await migrateReview(databasesOf(process.env), logger)
}

async function review(options: ReviewOptions): Promise<void> {
  const settings = settingsOf(options)
  const telemetry = createTelemetry(settings.telemetry.logLevel)
  const end = new ServiceEnd(
    telemetry.logger,
    'Requests in work are not answered; hits that were not stored are read again.',
  )
  const stopping = new AbortController()
  void untilSignal().then(() => stopping.abort())
  const { signal } = stopping
  try {
    if (options.local) await runLocally({ settings, telemetry, end, signal })
    else await run({ settings, telemetry, end, signal }, databasesOf(process.env))
  } finally {
    // An IPC channel that is open would keep a process alive that could not start.
    if (process.connected) process.disconnect()
    end.finish()
  }
}

async function runLocally(given: Run): Promise<void> {
  const { startLocalReviewStore } = await import('./review-local.ts')
  const store = await startLocalReviewStore()
  try {
    await run(given, store)
  } finally {
    await store.stop()
  }
}

async function run({ settings, telemetry, end, signal }: Run, databases: Databases): Promise<void> {
  const { metrics, health, logger } = telemetry
  const beginToStop = (): void => {
    health.waitFor(STOPPING_PART, 'answering the requests in work, then it ends')
    logger.info('Stopping')
    // Also while it starts: a database that hangs must not keep the process alive.
    end.begin()
  }
  void untilAborted(signal).then(beginToStop)
  const listener = kafkaHealth(telemetry)
  const log = new KafkaLog({ ...settings.kafka, listener })
  // Readers that fail here, as on a topic of statuses that is refused, must not make intake wait.
  const operationsLog = new KafkaLog(settings.kafka)
  const server = await serveTelemetry(metrics, health, settings.telemetry)
  logger.info({ url: server.url, brokers: settings.kafka.brokers }, 'Review service starting')
  let running: RunningReview | undefined
  const status = new StatusPublisher({
    writer: log.openLossy(),
    topic: settings.topics.status,
    role: 'review',
    version: ownVersion(),
    health,
    logger,
    ofRole: async () => (running ? { review: await running.status() } : {}),
  })
  status.start()
  try {
    running = await startReview({
      ...telemetry,
      settings,
      databases,
      log,
      operationsLog,
      listener,
      signal,
    })
    if (running) {
      // A parent process with an IPC channel (the demonstration, a test) needs the address.
      process.send?.({ url: running.url })
      logger.info({ url: running.url }, 'The review console is here')
    }
    await untilAborted(signal)
    await Promise.all([status.stop(), running?.stop()])
  } finally {
    await status.stop()
    await Promise.all([log.close(), operationsLog.close()])
    await server.close()
  }
  logger.info('Stopped')
}
