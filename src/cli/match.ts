// `hashwarden match`: the matcher as a process, from its start to an orderly end.
import { Command, InvalidArgumentError } from 'commander'
import { loadPolicy, loadSettings } from '../settings/load-settings.ts'
import { kafkaHealth } from '../kafka/kafka-health.ts'
import { KafkaLog } from '../kafka/kafka-log.ts'
import type { Settings } from '../settings/settings.ts'
import { StatusPublisher } from '../stream/status/status-publisher.ts'
import { SetLostError } from '../stream/feed/set-errors.ts'
import { committedPolicy } from '../stream/live/set-position.ts'
import { STOPPING_PART } from '../telemetry/health-parts.ts'
import type { Logger } from '../telemetry/log.ts'
import { serveTelemetry, type ThreadMetrics } from '../telemetry/server.ts'
import { createTelemetry, startMatchService, threadCount, type MatchService } from './match-service.ts'
import { ServiceEnd } from './service-end.ts'
import { CONFIG_OPTION, untilSignal } from './session.ts'
import { ownVersion } from './version.ts'

interface MatchOptions {
  readonly config?: string
  readonly policy?: string
  readonly threads?: number
}

export const matchCommand = (): Command =>
  new Command('match')
    .description('match reports against the known-hash set and publish hits, until stopped')
    .option(...CONFIG_OPTION)
    .option('--policy <file>', 'policy file (default: config/policy.yaml)')
    .option(
      '--threads <n>',
      'matcher threads; 0: one for each core (default: as in the settings)',
      threadNumber,
    )
    .action(match)

function threadNumber(text: string): number {
  const threads = Number(text)
  if (Number.isInteger(threads) && threads >= 0 && threads <= 256) return threads
  throw new InvalidArgumentError('It must be a whole number from 0 to 256.')
}

async function match({ config, policy: policyFile, threads: asked }: MatchOptions): Promise<void> {
  const settings = loadSettings(config)
  const policy = loadPolicy(policyFile)
  const telemetry = createTelemetry(settings.telemetry.logLevel)
  const { metrics, health, logger } = telemetry
  const listener = kafkaHealth(telemetry)
  const log = new KafkaLog({ ...settings.kafka, listener })
  let service: MatchService | undefined
  const threadMetrics: ThreadMetrics = () => service?.threadMetrics() ?? Promise.resolve([])
  const server = await serveTelemetry(metrics, health, settings.telemetry, threadMetrics)
  // A parent process with an IPC channel (the demonstration, a test) needs the address.
  process.send?.({ url: server.url })
  const status = new StatusPublisher({
    writer: log.openLossy(),
    topic: settings.topics.status,
    role: 'match',
    version: ownVersion(),
    health,
    logger,
    ofRole: async () => (service ? { match: await service.status() } : {}),
  })
  const wanted = { ...settings.match, ...(asked === undefined ? {} : { threads: asked }) }
  const threads = threadCount(wanted)
  const { group, index } = wanted
  const { brokers } = settings.kafka
  logger.info(
    { url: server.url, brokers, group, threads, index, policy: committedPolicy(policy) },
    'Matcher starting',
  )
  if (threads === 0) sayThatOneThreadMatches(wanted, logger)

  const end = new ServiceEnd(logger, 'Uncommitted reports are matched again by their next owner.')
  const stopping = new AbortController()
  const lost = Promise.withResolvers<SetLostError>()
  status.start()
  const stop = async (): Promise<void> => {
    const reason = await Promise.race([untilSignal(), lost.promise])
    health.waitFor(STOPPING_PART, 'finishing the slice in work, then it ends')
    if (reason instanceof SetLostError) health.failed(reason)
    sayWhyItStops(reason, logger)
    // A broker that hangs must not keep the process alive, not even while it starts.
    end.begin()
    void status.stop()
    stopping.abort()
  }
  const ended = stop()
  try {
    service = await startMatchService({
      log,
      settings,
      policy,
      ...telemetry,
      listener,
      threads,
      signal: stopping.signal,
      onSetLost: lost.resolve,
    })
    await ended
    await service?.stop()
  } finally {
    await status.stop()
    await log.close()
    await server.close()
    // An open IPC channel would keep the process.
    if (process.connected) process.disconnect()
    end.finish()
  }
  logger.info('Stopped')
}

function sayThatOneThreadMatches({ index, threads }: Settings['match'], logger: Logger): void {
  logger.warn(
    { index, threads },
    'This index can’t be shared by threads: the main thread alone matches, whatever match.threads says',
  )
}

function sayWhyItStops(reason: NodeJS.Signals | 'parent-ended' | SetLostError, logger: Logger): void {
  if (reason instanceof SetLostError) {
    logger.fatal(reason.message)
    process.exitCode = 1
  } else {
    logger.info(
      { signal: reason },
      'Stopping: finishing the slice in work, committing finished work, leaving the group',
    )
  }
}
