// `hashwarden gateway`: takes reports by HTTPS, as a process, from its start to an orderly end.
import { Command } from 'commander'
import { kafkaHealth } from '../kafka/kafka-health.ts'
import { KafkaLog } from '../kafka/kafka-log.ts'
import { loadSettings } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import { STOPPING_PART } from '../telemetry/health-parts.ts'
import { serveTelemetry } from '../telemetry/server.ts'
import { untilAborted } from '../waiting/until-aborted.ts'
import { keysCommand } from './gateway-keys.ts'
import { startGatewayService } from './gateway-service.ts'
import { createTelemetry } from './match-service.ts'
import { portNumber } from './option-values.ts'
import { ServiceEnd } from './service-end.ts'
import { CONFIG_OPTION, untilSignal, type ConfigOption } from './session.ts'
import { readerListener } from './reader-listener.ts'

interface GatewayOptions extends ConfigOption {
  readonly port?: number
  readonly telemetryPort?: number
}

export const gatewayCommand = (): Command =>
  new Command('gateway')
    .description('take reports by HTTPS, from platforms that have no Kafka')
    .option(...CONFIG_OPTION)
    .option('--port <n>', 'port of the API (default: as in the settings)', portNumber)
    .option(
      '--telemetry-port <n>',
      'port of /metrics, /healthz and /readyz (default: as in the settings)',
      portNumber,
    )
    .action(gateway)
    .addCommand(keysCommand())

async function gateway({ config, port, telemetryPort }: GatewayOptions): Promise<void> {
  const settings = loadSettings(config)
  try {
    await run({
      ...settings,
      gateway: { ...settings.gateway, ...(port === undefined ? {} : { port }) },
      telemetry: { ...settings.telemetry, ...(telemetryPort === undefined ? {} : { port: telemetryPort }) },
    })
  } finally {
    // An IPC channel that is open would keep a process alive that could not start.
    if (process.connected) process.disconnect()
  }
}

async function run(settings: Settings): Promise<void> {
  const telemetry = createTelemetry(settings.telemetry.logLevel)
  const { metrics, health, logger } = telemetry
  const end = new ServiceEnd(logger, 'Requests in work are not answered: clients send them again.')
  const stopping = new AbortController()
  void untilSignal().then(() => stopping.abort())
  const listener = kafkaHealth(telemetry)
  const log = new KafkaLog({ ...settings.kafka, listener: readerListener(telemetry) })
  await using open = new AsyncDisposableStack()
  open.defer(() => log.close())
  const telemetryServer = await serveTelemetry(metrics, health, settings.telemetry)
  open.defer(() => telemetryServer.close())
  const service = await startGatewayService({ ...telemetry, settings, log, listener })
  open.defer(() => service.stop())
  // A parent process with an IPC channel (the demonstration, a test) needs the address.
  process.send?.({ url: service.url, telemetryUrl: telemetryServer.url })
  logger.info({ url: service.url, brokers: settings.kafka.brokers }, 'Taking reports')
  await untilAborted(stopping.signal)
  health.waitFor(STOPPING_PART, 'answering the requests that have arrived, then it ends')
  end.begin()
  logger.info('Stopping')
  await open.disposeAsync()
  logger.info('Stopped')
  end.finish()
}
