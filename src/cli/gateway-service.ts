// Wires the parts of the gateway together: credentials, the state of Kafka, the intake of reports, the HTTP server.
import type { GatewayStatus } from '../contract/status.ts'
import { KeyFile } from '../gateway/credentials/key-file.ts'
import { GatewaySettingsError, serveGateway } from '../gateway/gateway-server.ts'
import { GatewayStatusReader } from '../gateway/gateway-status.ts'
import { KafkaState, lookAt } from '../gateway/kafka-state.ts'
import { ReportIntake } from '../gateway/report-intake.ts'
import type { KafkaListener } from '../kafka/kafka-log.ts'
import type { EventLog } from '../log/event-log.ts'
import type { Settings } from '../settings/settings.ts'
import type { Telemetry } from './match-service.ts'

export interface GatewayServiceOptions extends Telemetry {
  readonly settings: Pick<Settings, 'topics' | 'gateway'>
  readonly log: EventLog
  readonly listener: KafkaListener
}

export interface RunningGateway {
  /** Of the API, for example `https://127.0.0.1:9467`. */
  readonly url: string
  /** What it has to say of itself. */
  readonly status: () => GatewayStatus
  /** Answers the requests that have arrived, and ends. */
  stop(): Promise<void>
}

/** Kafka may be away: requests are refused until it is there. @throws GatewaySettingsError, SecretError, KeyFileError */
export async function startGatewayService(options: GatewayServiceOptions): Promise<RunningGateway> {
  const { log, listener, logger, metrics, health } = options
  const { topics, gateway: settings } = options.settings
  const { keysFile } = settings.credentials
  if (keysFile === undefined)
    throw new GatewaySettingsError(
      'gateway.credentials.keysFile is not set, so every request would be refused: name a file of keys (`hashwarden gateway --new-key PLATFORM` makes a key and its line)',
    )
  await using open = new AsyncDisposableStack()
  const credentials = new KeyFile(keysFile, logger)
  open.defer(() => credentials.stop())
  const look = lookAt(log, topics.reportsPerPlatform ? undefined : topics.reports)
  const kafka = new KafkaState({ look, listener, health })
  open.defer(() => kafka.stop())
  const intake = new ReportIntake({ log, topics, settings, credentials, kafka, logger, metrics })
  const state = new GatewayStatusReader(intake, settings)
  const server = await serveGateway({ settings, intake, logger, metrics })
  open.defer(() => server.close())
  kafka.start()
  const running = open.move()
  return { url: server.url, status: () => state.read(), stop: () => running.disposeAsync() }
}
