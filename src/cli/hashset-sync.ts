// `hashwarden hashset sync`: keeps the lists of sources.yaml up to date, until stopped.
import { Command } from 'commander'
import { kafkaHealth } from '../kafka/kafka-health.ts'
import { KafkaLog } from '../kafka/kafka-log.ts'
import { feedbackSweep } from '../lists/feedback/open-feedback.ts'
import { curationSweeps } from '../lists/sync/curation-sweeps.ts'
import { openSources } from '../lists/sync/open-sources.ts'
import { SyncDaemon } from '../lists/sync/sync-daemon.ts'
import { loadSettings } from '../settings/load-settings.ts'
import { loadSources } from '../settings/load-sources.ts'
import type { Settings } from '../settings/settings.ts'
import { StatusPublisher } from '../stream/status/status-publisher.ts'
import { STOPPING_PART } from '../telemetry/health-parts.ts'
import { serveTelemetry } from '../telemetry/server.ts'
import { untilAborted } from '../waiting/until-aborted.ts'
import { createTelemetry, type Telemetry } from './match-service.ts'
import { ServiceEnd } from './service-end.ts'
import { CONFIG_OPTION, untilReachable, untilSignal, type ConfigOption } from './session.ts'
import { ownVersion } from './version.ts'

const FEEDBACK_EVERY_MS = 60_000

interface SyncCommandOptions extends ConfigOption {
  readonly sources?: string
}

/** One run of the command. */
interface Run {
  readonly settings: Settings
  readonly sourcesFile: string | undefined
  readonly telemetry: Telemetry
  readonly end: ServiceEnd
  readonly signal: AbortSignal
}

/** There is nothing to keep up to date. */
class NoSourcesError extends Error {
  readonly code = 'NO_SOURCES'
  override readonly name = 'NoSourcesError'
}

export const syncCommand = (): Command =>
  new Command('sync')
    .description('keep the lists of sources.yaml up to date, until stopped')
    .option('--sources <file>', 'the lists (default: config/sources.yaml)')
    .option(...CONFIG_OPTION)
    .addHelpText(
      'after',
      `
One daemon of a deployment works at a time; a second one waits, and takes over when the first has ended. Both may be started
and killed at any time: a range of a list that was not read to its end is read again.`,
    )
    .action(sync)

async function sync({ config, sources: sourcesFile }: SyncCommandOptions): Promise<void> {
  const settings = loadSettings(config)
  const telemetry = createTelemetry(settings.telemetry.logLevel)
  const stopping = new AbortController()
  const ended = untilSignal()
  void ended.then(() => stopping.abort())
  const end = new ServiceEnd(telemetry.logger, 'Ranges in work are read again by the next daemon.')
  try {
    await run({ settings, sourcesFile, telemetry, end, signal: stopping.signal })
  } finally {
    // An open IPC channel would keep the process.
    if (process.connected) process.disconnect()
    end.finish()
  }
}

async function run({ settings, sourcesFile, telemetry, end, signal }: Run): Promise<void> {
  const { topics, sync: wanted } = settings
  const { metrics, health, logger } = telemetry
  const { sources } = loadSources(sourcesFile)
  if (sources.length === 0)
    throw new NoSourcesError(
      'No list is named: config/sources.yaml shows how sources look. Put yours into a file, and pass it with --sources FILE.',
    )
  const opened = openSources(sources, topics.knownHashes)
  const listener = kafkaHealth(telemetry)
  const log = new KafkaLog({ ...settings.kafka, listener })
  const server = await serveTelemetry(metrics, health, settings.telemetry)
  // A parent process with an IPC channel (a test) needs the address.
  process.send?.({ url: server.url })
  logger.info(
    { url: server.url, brokers: settings.kafka.brokers, sources: sources.length },
    'List daemon starting',
  )
  const daemon = new SyncDaemon({
    log,
    topic: topics.lists,
    group: wanted.group,
    sources: opened,
    sweeps: [
      ...curationSweeps(topics, logger),
      {
        everyMs: FEEDBACK_EVERY_MS,
        work: feedbackSweep(sources, { topics, group: wanted.group }, logger),
      },
    ],
    metrics,
    health,
    logger,
  })
  const status = new StatusPublisher({
    writer: log.openLossy(),
    topic: topics.status,
    role: 'sync',
    version: ownVersion(),
    health,
    logger,
    ofRole: () => Promise.resolve({ lists: daemon.status() }),
  })
  status.start()
  const stop = (): void => {
    health.waitFor(STOPPING_PART, 'finishing the records in flight, then it ends')
    logger.info('Stopping')
    end.begin()
  }
  signal.addEventListener('abort', stop)
  try {
    await untilReachable(listener, signal, () => daemon.start())
    await untilAborted(signal)
    await Promise.all([status.stop(), daemon.stop()])
  } finally {
    await status.stop()
    await log.close()
    await server.close()
  }
  logger.info('Stopped')
}
