// Wires the parts of the gateway together: credentials, the state of Kafka, quotas, the intake of reports, the HTTP server, status.
import { AccessTokens, KeysOrTokens } from '../gateway/credentials/access-tokens.ts'
import { CertificatesOr } from '../gateway/credentials/client-certificates.ts'
import { KeyFile } from '../gateway/credentials/key-file.ts'
import { KeyTopic } from '../gateway/credentials/key-topic.ts'
import { serveGateway } from '../gateway/gateway-server.ts'
import { GatewayStatusReader } from '../gateway/gateway-status.ts'
import { KafkaState, lookAt } from '../gateway/kafka-state.ts'
import { LiveGateways } from '../gateway/quotas/live-gateways.ts'
import { PlatformQuotas } from '../gateway/quotas/platform-quotas.ts'
import { ReportIntake } from '../gateway/report-intake.ts'
import type { KafkaListener } from '../kafka/kafka-log.ts'
import type { EventLog } from '../log/event-log.ts'
import type { LossyLog } from '../log/lossy-writer.ts'
import type { Settings } from '../settings/settings.ts'
import { StatusPublisher } from '../stream/status/status-publisher.ts'
import type { Telemetry } from './match-service.ts'
import { ownVersion } from './version.ts'

export interface GatewayServiceOptions extends Telemetry {
  readonly settings: Pick<Settings, 'topics' | 'gateway'>
  readonly log: EventLog & LossyLog
  /** Hears whether reports can be written, and nothing of the log's other work. */
  readonly listener: Pick<KafkaListener, 'onFailure' | 'onRecovery'>
}

export interface RunningGateway {
  /** Of the API, for example `https://127.0.0.1:9467`. */
  readonly url: string
  /** Answers the requests that have arrived, and ends. */
  stop(): Promise<void>
}

/** Kafka may be away: requests are refused until it is there. @throws GatewaySettingsError, SecretError, KeyFileError */
export async function startGatewayService(options: GatewayServiceOptions): Promise<RunningGateway> {
  const { log, listener, logger, metrics, health } = options
  const { topics, gateway: settings } = options.settings
  await using open = new AsyncDisposableStack()
  const keys = openKeys(options)
  open.defer(() => keys.stop())
  const { tokens, certificates } = settings.credentials
  const inHeaders = tokens ? new KeysOrTokens(keys, new AccessTokens({ settings: tokens, logger })) : keys
  const credentials = certificates ? new CertificatesOr(certificates, inHeaders) : inHeaders
  const look = lookAt(log, topics.reportsPerPlatform ? undefined : topics.reports)
  const kafka = new KafkaState({ look, listener, health })
  open.defer(() => kafka.stop())
  const status = new StatusPublisher({
    writer: log.openLossy(),
    topic: topics.status,
    role: 'gateway',
    version: ownVersion(),
    health,
    logger,
    ofRole: async () => ({ gateway: state.read() }),
  })
  open.defer(() => status.stop())
  const gateways = new LiveGateways({ log, topic: topics.status, self: status.process, logger })
  open.defer(() => gateways.stop())
  const quotas = new PlatformQuotas({ settings: settings.quotas, gateways: () => gateways.count() })
  const intake = new ReportIntake({ log, topics, settings, credentials, quotas, kafka, logger, metrics })
  const state = new GatewayStatusReader(intake, settings)
  // Before the first request comes in.
  kafka.start()
  const server = await serveGateway({ settings, intake, logger, metrics })
  open.defer(() => server.close())
  gateways.start()
  status.start()
  const running = open.move()
  return { url: server.url, stop: () => running.disposeAsync() }
}

/** Those of a file, if one is named; else those of the topic. */
function openKeys({ settings, log, logger, metrics, health }: GatewayServiceOptions): KeyFile | KeyTopic {
  const { keysFile } = settings.gateway.credentials
  if (keysFile !== undefined) return new KeyFile(keysFile, logger)
  return new KeyTopic({ log, topic: settings.topics.gatewayKeys, health, logger, metrics })
}
