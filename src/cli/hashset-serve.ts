// `hashwarden hashset serve`: shares our known hashes on, as a process, from its start to an orderly end.
import { Command } from 'commander'
import type { ServeStatus } from '../contract/status.ts'
import { kafkaHealth } from '../kafka/kafka-health.ts'
import { KafkaLog } from '../kafka/kafka-log.ts'
import { newPassword } from '../lists/serve/client-sign-in.ts'
import { serveShared, SharingSettingsError } from '../lists/serve/share-server.ts'
import { ShareFeed } from '../lists/serve/share-feed.ts'
import { SharedFiles } from '../lists/serve/shared-files.ts'
import { loadSettings } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import { StatusPublisher } from '../stream/status/status-publisher.ts'
import { STOPPING_PART } from '../telemetry/health-parts.ts'
import { serveTelemetry } from '../telemetry/server.ts'
import { createTelemetry } from './match-service.ts'
import { portNumber } from './option-values.ts'
import { ServiceEnd } from './service-end.ts'
import { CONFIG_OPTION, untilReachable, untilSignal, type ConfigOption } from './session.ts'
import { StandardOutput } from './standard-output.ts'
import { ownVersion } from './version.ts'

interface ServeOptions extends ConfigOption {
  readonly newPassword?: true
  readonly port?: number
  readonly telemetryPort?: number
}

export const serveCommand = (): Command =>
  new Command('serve')
    .description(
      'share our known hashes with the clients of sharing.clients, over HTTPS in the form of NCMEC’s API',
    )
    .option(...CONFIG_OPTION)
    .option('--new-password', 'print a password for a client and the hash of it to keep here, and end')
    .option('--port <n>', 'port of the endpoint (default: as in the settings)', portNumber)
    .option(
      '--telemetry-port <n>',
      'port of /metrics, /healthz and /readyz (default: as in the settings)',
      portNumber,
    )
    .action(serve)

async function serve(options: ServeOptions): Promise<void> {
  if (options.newPassword) {
    const { password, passwordHash } = newPassword()
    await new StandardOutput().line(
      `password, for the client alone:  ${password}\npasswordHash, to keep here:      ${passwordHash}`,
    )
    return
  }
  const { config, port, telemetryPort } = options
  const settings = loadSettings(config)
  try {
    await run({
      ...settings,
      sharing: { ...settings.sharing, ...(port === undefined ? {} : { port }) },
      telemetry: { ...settings.telemetry, ...(telemetryPort === undefined ? {} : { port: telemetryPort }) },
    })
  } finally {
    // An IPC channel that is open would keep a process alive that could not start.
    if (process.connected) process.disconnect()
  }
}

async function run(settings: Settings): Promise<void> {
  if (settings.sharing.clients.length === 0)
    throw new SharingSettingsError(
      'sharing.clients is empty, so every request would be refused: name the clients in the settings (`hashwarden hashset serve --new-password` makes a password)',
    )
  const telemetry = createTelemetry(settings.telemetry.logLevel)
  const { metrics, health, logger } = telemetry
  const end = new ServiceEnd(logger, 'Requests in work are not answered.')
  const stopping = new AbortController()
  void untilSignal().then(() => stopping.abort())
  const { signal } = stopping
  const listener = kafkaHealth(telemetry)
  const log = new KafkaLog({ ...settings.kafka, listener })
  const files = new SharedFiles()
  const feed = new ShareFeed({ log, topic: settings.topics.knownHashes, files, ...telemetry })
  await using open = new AsyncDisposableStack()
  open.defer(() => log.close())
  const telemetryServer = await serveTelemetry(metrics, health, settings.telemetry)
  open.defer(() => telemetryServer.close())
  const status = new StatusPublisher({
    writer: log.openLossy(),
    topic: settings.topics.status,
    role: 'serve',
    version: ownVersion(),
    health,
    logger,
    ofRole: async () => ({ serve: statusOf(feed, files, settings) }),
  })
  const server = await serveShared({ settings: settings.sharing, files, feed, logger, metrics })
  open.defer(() => server.close())
  status.start()
  open.defer(() => status.stop())
  // A parent process with an IPC channel (a test) needs the address.
  process.send?.({ url: server.url, telemetryUrl: telemetryServer.url })
  logger.info({ url: server.url, brokers: settings.kafka.brokers }, 'Sharing known hashes')
  await untilReachable(listener, signal, () => feed.start())
  open.defer(() => feed.stop())
  await untilEnded(signal, feed.lost)
  health.waitFor(STOPPING_PART, 'answering the requests in work, then it ends')
  end.begin()
  logger.info('Stopping')
  await open.disposeAsync()
  logger.info('Stopped')
  end.finish()
  feed.lost.throwIfAborted()
}

function statusOf(feed: ShareFeed, files: SharedFiles, { sharing }: Settings): ServeStatus {
  return { offset: feed.offset, files: files.size, hashes: files.hashes, clients: sharing.clients.length }
}

function untilEnded(...signals: readonly AbortSignal[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const any = AbortSignal.any([...signals])
  if (any.aborted) resolve()
  else any.addEventListener('abort', () => resolve(), { once: true })
  return promise
}
