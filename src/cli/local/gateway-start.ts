// The gateway of the demonstration, the keys of its made-up platforms, and the command that makes a first report by hand.
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canaryValues } from '../../contract/canary.ts'
import type { Report } from '../../contract/report.ts'
import { keyLine } from '../../gateway/credentials/key-file.ts'
import { newKey } from '../../gateway/credentials/key-text.ts'
import { kafkaHealth } from '../../kafka/kafka-health.ts'
import type { MemoryLog } from '../../log/memory-log.ts'
import type { Settings } from '../../settings/settings.ts'
import { pause } from '../../waiting/pause.ts'
import { startGatewayService } from '../gateway-service.ts'
import { createTelemetry } from '../match-service.ts'
import { HOST, isFree } from './broker-address.ts'
import { isAlive } from './is-alive.ts'
import { ReportSender } from './report-sender.ts'
import { startServiceProcess } from './service-process.ts'
import { DEMO_PLATFORMS } from './uploaders.ts'

const GATEWAY_FOLDER = fileURLToPath(new URL('../../../.cache/gateway', import.meta.url))
/** For trying the gateway by hand. */
const TEST_PLATFORM = 'test-platform'
const UNBOUNDED = { reportsPerSecond: 1_000_000, burst: 10_000_000 }
/** How often readiness is looked at, and for how long, in milliseconds. */
const LOOK_MS = 100
const LOOK_FOR_MS = 20_000

/** A gateway that runs. */
export interface DemoGateway {
  readonly url: string
  /** False: it was not ready within 20 s of its start. */
  readonly isReady: boolean
  /** Undefined: it runs in this process. */
  readonly pid?: number
  /** A command for a shell: a made-up report of the test platform, of the canary file. */
  readonly curl: string
  /** Resolves once the gateway has acknowledged these reports of the made-up platforms, or the signal aborts. */
  send(reports: readonly Report[], signal: AbortSignal): Promise<void>
  /** Resolves with a description when it ends unexpectedly. */
  readonly died: Promise<string>
  stop(): Promise<void>
}

/** As a process of its own, on the brokers of the settings. */
export async function startGatewayProcess(settings: Settings): Promise<DemoGateway> {
  const keys = new DemoKeys()
  const service = await startServiceProcess({
    command: ['gateway'],
    settings: await gatewaySettings(settings, keys),
    folder: GATEWAY_FOLDER,
  })
  const { pid, url, telemetryUrl = url, died } = service
  const isReady = await untilReady(() => isOk(`${telemetryUrl}/readyz`))
  const { close, ...clients } = keys.clientsOf(url)
  return {
    pid,
    isReady,
    died,
    ...clients,
    stop: async () => {
      close()
      await service.stop()
      keys.remove()
    },
  }
}

/** In this process, on the log that it holds. */
export async function startGatewayHere(settings: Settings, log: MemoryLog): Promise<DemoGateway> {
  const keys = new DemoKeys()
  const telemetry = createTelemetry(settings.telemetry.logLevel, join(GATEWAY_FOLDER, 'gateway.log'))
  const service = await startGatewayService({
    ...telemetry,
    settings: await gatewaySettings(settings, keys),
    log,
    listener: kafkaHealth(telemetry),
  })
  const isReady = await untilReady(async () => telemetry.health.isReady)
  const { close, ...clients } = keys.clientsOf(service.url)
  return {
    isReady,
    died: new Promise(() => {}),
    ...clients,
    stop: async () => {
      close()
      await service.stop()
      keys.remove()
    },
  }
}

/** Keys of one run. Their digests are in a file of this process, because two demonstrations can run at once. */
class DemoKeys {
  readonly file = join(GATEWAY_FOLDER, `keys-${process.pid}`)
  readonly #keys = new Map<string, string>()

  constructor() {
    const lines = [TEST_PLATFORM, ...DEMO_PLATFORMS].map((platform) => {
      const { key, id, digest } = newKey()
      this.#keys.set(platform, key)
      return `${keyLine(id, platform, digest)}\n`
    })
    mkdirSync(GATEWAY_FOLDER, { recursive: true })
    removeLeftKeys()
    writeFileSync(this.file, lines.join(''), { mode: 0o600 })
  }

  /** What the platforms need to send reports to the gateway at this address. */
  clientsOf(url: string): Pick<DemoGateway, 'url' | 'curl' | 'send'> & { readonly close: () => void } {
    const sender = new ReportSender(url, this.#keys)
    return {
      url,
      curl: curlLine(url, this.#keys.get(TEST_PLATFORM) ?? ''),
      send: (reports, signal) => sender.send(reports, signal),
      close: () => sender.close(),
    }
  }

  remove(): void {
    rmSync(this.file, { force: true })
  }
}

/** Removes the keys of this process, and those of demonstrations that were killed. */
function removeLeftKeys(): void {
  for (const file of readdirSync(GATEWAY_FOLDER)) {
    const pid = Number(/^keys-(\d+)$/.exec(file)?.[1])
    if (pid === process.pid || (pid > 0 && !isAlive(pid))) rmSync(join(GATEWAY_FOLDER, file), { force: true })
  }
}

/** Without TLS: it listens on loopback. Another demonstration, or a service, may have the port of the settings. */
async function gatewaySettings(settings: Settings, { file }: DemoKeys): Promise<Settings> {
  const { tls: _tls, ...gateway } = settings.gateway
  const port = (await isFree(gateway.port)) ? gateway.port : 0
  return {
    ...settings,
    gateway: {
      ...gateway,
      host: HOST,
      port,
      credentials: { keysFile: file },
      // The made-up traffic is as much as this machine keeps up with.
      quotas: { default: UNBOUNDED, platforms: [], assumedGateways: 1 },
      // The made-up reports have no basis.
      profile: 'provider',
    },
  }
}

function curlLine(url: string, key: string): string {
  const report = {
    schema: 'report/1',
    reportId: `first-${randomUUID().slice(0, 8)}`,
    observedAt: new Date().toISOString(),
    mediaType: 'image',
    contentRef: 'object-1',
    // That of the canary file, which makes no hit: operators see that the platform's reports are matched.
    hashes: [{ type: 'md5', value: canaryValues('md5').at(-1) }],
  }
  return `curl ${url}/v1/reports -H 'X-API-Key: ${key}' -H 'content-type: application/json' -d '${JSON.stringify(report)}'`
}

/** It listens before it has reached Kafka. Requests that come before are refused and sent again. */
async function untilReady(isReady: () => Promise<boolean>): Promise<boolean> {
  const endMs = performance.now() + LOOK_FOR_MS
  while (!(await isReady())) {
    if (performance.now() >= endMs) return false
    await pause(LOOK_MS)
  }
  return true
}

const isOk = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
