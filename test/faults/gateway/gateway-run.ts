// The gateway and the broker, killed again and again while platforms report; then what was acknowledged is held against the
// topic.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JavaBroker } from '../../../src/cli/local/broker-java.ts'
import { startServiceProcess, type ServiceProcess } from '../../../src/cli/local/service-process.ts'
import { keyLine } from '../../../src/gateway/credentials/key-file.ts'
import { newKey } from '../../../src/gateway/credentials/key-text.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { seededRandom } from '../../../src/sample/random-hash.ts'
import type { Settings } from '../../../src/settings/settings.ts'
import { Deployment } from '../../integration/deployment.ts'
import { emptyLedger, keepReporting, type Ledger } from './platform.ts'

const PLATFORMS = 4
/** Between two kills, at most. */
const LONGEST_LIFE_MS = 1_500
const BROKER_SHARE = 0.3
const ORDERLY_SHARE = 0.1
/** How long the broker is away, at most. */
const LONGEST_OUTAGE_MS = 3_000

export interface GatewayRunOptions {
  readonly brokers: string
  /** Left out: it is not killed. */
  readonly broker?: JavaBroker
  readonly kills: number
  readonly seed: number
  readonly say?: (line: string) => void
}

export interface GatewayRunResult {
  readonly gatewayKills: number
  readonly brokerKills: number
  readonly orderlyEnds: number
  readonly requests: number
  readonly attempts: number
  readonly acknowledged: number
  readonly records: number
  /** Records of reports that the topic had already: harmless, because they make the same hit. */
  readonly writtenAgain: number
  readonly problems: readonly string[]
}

export async function runGateway({
  brokers,
  broker,
  kills,
  seed,
  say = () => {},
}: GatewayRunOptions): Promise<GatewayRunResult> {
  const random = seededRandom(seed)
  await using deployment = await Deployment.on(brokers)
  const site = new GatewaySite(deployment)
  await site.start()
  const ledger = emptyLedger()
  const ending = new AbortController()
  const reporting = site.keys.map(({ name, key }) =>
    keepReporting({ name, key, ledger, random, url: () => site.url, signal: ending.signal }),
  )
  const counts = { gatewayKills: 0, brokerKills: 0, orderlyEnds: 0 }
  for (let kill = 0; kill < kills; kill++) {
    await sleep(random() * LONGEST_LIFE_MS)
    if (broker !== undefined && random() < BROKER_SHARE) {
      counts.brokerKills++
      await broker.kill()
      await sleep(random() * LONGEST_OUTAGE_MS)
      await broker.restart()
    } else if (random() < ORDERLY_SHARE) {
      counts.orderlyEnds++
      await site.end()
      await site.start()
    } else {
      counts.gatewayKills++
      await site.kill()
      await site.start()
    }
    say(`${kill + 1} of ${kills}; ${ledger.acknowledged.size} reports acknowledged so far`)
  }
  ending.abort()
  await Promise.all(reporting)
  await site.end()
  const { requests, attempts } = ledger
  return { ...counts, requests, attempts, ...(await judge(deployment, ledger, site.problems)) }
}

class GatewaySite {
  readonly keys = Array.from({ length: PLATFORMS }, (_, n) => ({ name: `platform-${n}`, ...newKey() }))
  readonly problems: string[] = []
  readonly #deployment: Deployment
  readonly #keysFile: string
  #service: ServiceProcess | undefined
  #url = ''

  constructor(deployment: Deployment) {
    this.#deployment = deployment
    this.#keysFile = join(deployment.folder, 'keys')
    const lines = this.keys.map(({ name, id, digest }) => keyLine(id, name, digest))
    writeFileSync(this.#keysFile, `${lines.join('\n')}\n`, { mode: 0o600 })
  }

  get url(): string {
    return this.#url
  }

  async start(): Promise<void> {
    const { settings, folder } = this.#deployment
    const own: Settings = {
      ...settings,
      gateway: { ...settings.gateway, port: 0, credentials: { keysFile: this.#keysFile } },
    }
    this.#service = await startServiceProcess({ command: ['gateway'], settings: own, folder })
    this.#url = this.#service.url
  }

  async kill(): Promise<void> {
    if (this.#service === undefined) return
    process.kill(this.#service.pid, 'SIGKILL')
    await this.#service.exitCode
  }

  /** In order, as a deployment ends it. */
  async end(): Promise<void> {
    await this.#service?.stop()
    const code = await this.#service?.exitCode
    if (code !== 0) this.problems.push(`A gateway that was asked to end ended with ${code}.`)
  }
}

type Judged = Pick<GatewayRunResult, 'acknowledged' | 'records' | 'writtenAgain' | 'problems'>

async function judge(deployment: Deployment, ledger: Ledger, before: readonly string[]): Promise<Judged> {
  const missing = new Set(ledger.acknowledged)
  const seen = new Set<string>()
  const problems = [...before]
  let records = 0
  await readToEnd(deployment.log, deployment.settings.topics.reports, ({ key, value }) => {
    const id = key?.toString('utf8') ?? ''
    records++
    seen.add(id)
    missing.delete(id)
    const sent = ledger.sent.get(id)
    if (sent === undefined) problems.push(`${id} was never sent.`)
    else if (value?.toString('utf8') !== sent) problems.push(`${id} has another content than was sent.`)
  })
  if (missing.size > 0) problems.push(`${missing.size} reports were acknowledged and are not in Kafka.`)
  for (const [status, times] of ledger.wrong) problems.push(`${times} requests were answered with ${status}.`)
  return {
    acknowledged: ledger.acknowledged.size,
    records,
    writtenAgain: records - seen.size,
    problems: problems.slice(0, 100),
  }
}
