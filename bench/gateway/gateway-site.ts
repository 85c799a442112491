// A gateway process of its own on a broker: topics, a key, and its end.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServiceProcess, type ServiceProcess } from '../../src/cli/local/service-process.ts'
import { keyLine } from '../../src/gateway/credentials/key-file.ts'
import { newKey } from '../../src/gateway/credentials/key-text.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { statusTopic, wantedTopics } from '../../src/stream/topics/topics.ts'

const PLATFORM = 'bench'
const PARTITIONS = 6
/** More than any machine sends. */
const NO_QUOTA = { reportsPerSecond: 1e9, burst: 1e9 }
const READY_EVERY_MS = 100

export class GatewaySite implements AsyncDisposable {
  readonly settings: Settings
  readonly log: KafkaLog
  readonly key: string
  readonly url: string
  readonly #gateway: ServiceProcess

  private constructor(settings: Settings, log: KafkaLog, key: string, gateway: ServiceProcess) {
    this.settings = settings
    this.log = log
    this.key = key
    this.url = gateway.url
    this.#gateway = gateway
  }

  static async start(brokers: string, folder: string): Promise<GatewaySite> {
    const { key, id, digest } = newKey()
    const keysFile = join(folder, 'keys')
    writeFileSync(keysFile, `${keyLine(id, PLATFORM, digest)}\n`, { mode: 0o600 })
    const defaults = loadSettings(undefined, { KAFKA_BROKERS: brokers })
    const settings: Settings = {
      ...defaults,
      gateway: {
        ...defaults.gateway,
        port: 0,
        credentials: { keysFile },
        quotas: { ...defaults.gateway.quotas, default: NO_QUOTA },
      },
    }
    const log = new KafkaLog(settings.kafka)
    for (const topic of [...wantedTopics(settings.topics, PARTITIONS), statusTopic(settings.topics.status)])
      await log.createTopic(topic, 1)
    const gateway = await startServiceProcess({ command: ['gateway'], settings, folder })
    const site = new GatewaySite(settings, log, key, gateway)
    // Before Kafka is reached it answers 503; an empty list of reports is malformed once it is.
    while ((await site.#look()) === 503) await sleep(READY_EVERY_MS)
    return site
  }

  async #look(): Promise<number> {
    const headers = { 'x-api-key': this.key, 'content-type': 'application/json' }
    const { status } = await fetch(`${this.url}/v1/reports`, { method: 'POST', headers, body: '[]' })
    return status
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway.stop()
    await this.log.close()
  }
}
