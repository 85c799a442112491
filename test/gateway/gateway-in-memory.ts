// A gateway on the log in memory, as a platform sees it, and what it has written.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createTelemetry } from '../../src/cli/match-service.ts'
import type { GatewayProblem } from '../../src/contract/gateway.ts'
import { CertificatesOr } from '../../src/gateway/credentials/client-certificates.ts'
import { KeyFile, keyLine } from '../../src/gateway/credentials/key-file.ts'
import { newKey } from '../../src/gateway/credentials/key-text.ts'
import type { ConnectionTimes } from '../../src/gateway/connections.ts'
import { serveGateway } from '../../src/gateway/gateway-server.ts'
import { KafkaState, lookAt } from '../../src/gateway/kafka-state.ts'
import { PlatformQuotas } from '../../src/gateway/quotas/platform-quotas.ts'
import { ReportIntake } from '../../src/gateway/report-intake.ts'
import { kafkaHealth } from '../../src/kafka/kafka-health.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import type { GatewaySettings } from '../../src/settings/gateway-settings.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import type { TopicNames } from '../../src/stream/topics/report-topics.ts'
import { eventually } from '../fixtures/eventually.ts'

export const REPORTS = 'reports'

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'hashwarden-gateway-'))

/** A file that only its owner may open, gone when the test is. */
export function secretFile(text: string): string {
  const folder = newFolder()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return writeSecret(folder, text)
}

function writeSecret(folder: string, text: string): string {
  const file = join(folder, 'secret')
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

/** A report as a platform sends it: without its platform. */
export const reportOf = (reportId: string, fields: object = {}): Record<string, unknown> => ({
  schema: 'report/1',
  reportId,
  observedAt: '2026-01-31T00:00:00Z',
  mediaType: 'image',
  contentRef: `content-${reportId}`,
  hashes: [{ type: 'md5', value: '0123456789abcdef0123456789abcdef' }],
  ...fields,
})

export interface Written {
  readonly key: string
  readonly value: Record<string, unknown>
  readonly text: string
  readonly headers: Readonly<Record<string, Buffer>>
}

export interface GatewayChanges {
  readonly log?: MemoryLog
  readonly settings?: Partial<Omit<GatewaySettings, 'limits'>>
  readonly limits?: Partial<GatewaySettings['limits']>
  readonly topics?: Partial<TopicNames>
  readonly platforms?: readonly string[]
  /** How many share the quotas. */
  readonly gateways?: () => number | undefined
  readonly writeWithinMs?: number
  readonly times?: Partial<ConnectionTimes>
}

/** An answer as a client sees it. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed, if there is one. */
  readonly body: unknown
}

export const problemOf = ({ body }: Answer): GatewayProblem => body as GatewayProblem

/** A gateway that ends with the test. */
export async function startGateway(changes: GatewayChanges = {}) {
  const gateway = await openGateway(changes)
  onTestFinished(gateway.close)
  return gateway
}

/** A gateway for a program, which closes it. */
export async function openGateway(changes: GatewayChanges = {}) {
  const { log = new MemoryLog(), platforms = ['example'] } = changes
  const defaults = loadSettings(undefined, {})
  const topics: TopicNames = { ...defaults.topics, ...changes.topics }
  if ((await log.describe([REPORTS])).length === 0)
    await log.createTopic({ topic: REPORTS, partitions: 3, config: {} })
  const keys = new Map(platforms.map((platform) => [platform, newKey()]))
  const lines = [...keys].map(([platform, { id, digest }]) => keyLine(id, platform, digest))
  await using parts = new AsyncDisposableStack()
  const folder = newFolder()
  parts.defer(() => rmSync(folder, { recursive: true, force: true }))
  const keysFile = writeSecret(folder, `# Keys of tests\n\n${lines.join('\n')}\n`)
  const settings: GatewaySettings = {
    ...defaults.gateway,
    port: 0,
    credentials: { keysFile },
    ...changes.settings,
    limits: { ...defaults.gateway.limits, rememberedReports: 10_000, ...changes.limits },
  }
  const telemetry = createTelemetry('silent')
  const { metrics, health, logger } = telemetry
  const fromFile = new KeyFile(keysFile, logger)
  parts.defer(() => fromFile.stop())
  const { certificates } = settings.credentials
  const credentials = certificates ? new CertificatesOr(certificates, fromFile) : fromFile
  const listener = kafkaHealth(telemetry)
  const kafka = new KafkaState({ look: lookAt(log, REPORTS), listener, health })
  parts.defer(() => kafka.stop())
  const intake = new ReportIntake({
    log,
    topics,
    settings,
    credentials,
    quotas: new PlatformQuotas({ settings: settings.quotas, gateways: changes.gateways ?? (() => 1) }),
    kafka,
    logger,
    metrics,
    ...(changes.writeWithinMs === undefined ? {} : { writeWithinMs: changes.writeWithinMs }),
  })
  kafka.start()
  const server = await serveGateway({ settings, intake, logger, metrics, times: changes.times ?? {} })
  parts.defer(() => server.close())
  await eventually(async () => health.isReady, 10_000, 5)
  const opened = parts.move()
  const keyOf = (platform: string): string => keys.get(platform)?.key ?? ''
  const post = (
    body: NonNullable<RequestInit['body']>,
    headers: Record<string, string> = {},
  ): Promise<Answer> =>
    ask(`${server.url}/v1/reports`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        ...('x-api-key' in headers ? {} : { authorization: `Bearer ${keyOf(platforms[0])}` }),
        ...headers,
      },
    })
  return {
    url: server.url,
    log,
    keysFile,
    keyOf,
    metrics,
    health,
    intake,
    credentials,
    close: () => opened.disposeAsync(),
    post,
    submit: (...reports: readonly unknown[]) => post(JSON.stringify(reports)),
    written: (topic = REPORTS) => writtenIn(log, topic),
  }
}

export async function ask(url: string, request: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(url, request)
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) }
}

export async function writtenIn(log: MemoryLog, topic: string): Promise<readonly Written[]> {
  const written: Written[] = []
  await readToEnd(log, topic, ({ key, value, headers }) => {
    const text = value?.toString('utf8') ?? ''
    written.push({ key: key?.toString('utf8') ?? '', value: JSON.parse(text), text, headers: { ...headers } })
  })
  return written
}
