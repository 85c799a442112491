// The gateway and the broker, killed again and again while platforms report; then what was acknowledged is held against the
// topic.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../src/cli/local/broker-address.ts'
import type { JavaBroker } from '../../../src/cli/local/broker-java.ts'
import { startServiceProcess, type ServiceProcess } from '../../../src/cli/local/service-process.ts'
import { keyLine } from '../../../src/gateway/credentials/key-file.ts'
import { newKey } from '../../../src/gateway/credentials/key-text.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { seededRandom } from '../../../src/sample/random-hash.ts'
import type { Settings } from '../../../src/settings/settings.ts'
import { Deployment } from '../../integration/deployment.ts'
import { ClientProcess, type ClientWords } from '../../report-client/client-process.ts'
import { emptyLedger, keepReporting, type Ledger } from './platform.ts'

const PLATFORMS = 4
/** Between two kills, at most. */
const LONGEST_LIFE_MS = 1_500
const BROKER_SHARE = 0.3
const ORDERLY_SHARE = 0.1
const CLIENT_SHARE = 0.3
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
  readonly clientKills: number
  readonly requests: number
  readonly attempts: number
  readonly acknowledged: number
  /** Reports that the client library has taken, some of them in processes that were killed. */
  readonly takenByClient: number
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
  const site = new GatewaySite(deployment, await freePort())
  await site.start()
  const ledger = emptyLedger()
  const ending = new AbortController()
  const reporting = site.keys.map(({ name, key }) =>
    keepReporting({ name, key, ledger, random, url: () => site.url, signal: ending.signal }),
  )
  const client = new KilledClient({ ...site.client, url: site.url, spool: join(deployment.folder, 'spool') })
  const counts = { gatewayKills: 0, brokerKills: 0, orderlyEnds: 0, clientKills: 0 }
  for (let kill = 0; kill < kills; kill++) {
    await sleep(random() * LONGEST_LIFE_MS)
    if (random() < CLIENT_SHARE) {
      counts.clientKills++
      await client.killAndStart()
    }
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
  if (!(await client.end())) site.problems.push('A client that was asked to end left reports unsent.')
  await site.end()
  const { requests, attempts } = ledger
  return { ...counts, requests, attempts, ...(await judge(deployment, ledger, client.taken, site.problems)) }
}

/** A process that uses the client library. It is killed, and the next one goes on with its spool. */
class KilledClient {
  readonly taken = new Set<string>()
  readonly #words: Omit<ClientWords, 'name'>
  #process: ClientProcess
  #lives = 0

  constructor(words: Omit<ClientWords, 'name'>) {
    this.#words = words
    this.#process = this.#start()
  }

  async killAndStart(): Promise<void> {
    await this.#process.kill()
    this.#process = this.#start()
  }

  end(): Promise<boolean> {
    return this.#process.end()
  }

  #start(): ClientProcess {
    const name = `life-${this.#lives++}`
    return new ClientProcess({ ...this.#words, name }, (id) => this.taken.add(id))
  }
}

class GatewaySite {
  readonly client = { name: 'client', ...newKey() }
  readonly keys = Array.from({ length: PLATFORMS }, (_, n) => ({ name: `platform-${n}`, ...newKey() }))
  readonly problems: string[] = []
  readonly #deployment: Deployment
  readonly #keysFile: string
  /** The same after each start: a client has one address. */
  readonly #port: number
  #service: ServiceProcess | undefined
  #url = ''

  constructor(deployment: Deployment, port: number) {
    this.#deployment = deployment
    this.#port = port
    this.#keysFile = join(deployment.folder, 'keys')
    const lines = [...this.keys, this.client].map(({ name, id, digest }) => keyLine(id, name, digest))
    writeFileSync(this.#keysFile, `${lines.join('\n')}\n`, { mode: 0o600 })
  }

  get url(): string {
    return this.#url
  }

  async start(): Promise<void> {
    const { settings, folder } = this.#deployment
    const own: Settings = {
      ...settings,
      gateway: { ...settings.gateway, port: this.#port, credentials: { keysFile: this.#keysFile } },
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
    if (code === 0 || this.#service === undefined) return
    const log = readFileSync(this.#service.logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n')
    this.problems.push(`A gateway that was asked to end ended with ${code}:\n${log}`)
  }
}

type Judged = Pick<
  GatewayRunResult,
  'acknowledged' | 'takenByClient' | 'records' | 'writtenAgain' | 'problems'
>

async function judge(
  deployment: Deployment,
  ledger: Ledger,
  taken: ReadonlySet<string>,
  before: readonly string[],
): Promise<Judged> {
  const missing = new Set([...ledger.acknowledged, ...taken])
  const seen = new Set<string>()
  const problems = [...before]
  let records = 0
  await readToEnd(deployment.log, deployment.settings.topics.reports, ({ key, value }) => {
    const id = key?.toString('utf8') ?? ''
    records++
    seen.add(id)
    missing.delete(id)
    // What the client has written before it said so is sent, too.
    if (id.startsWith('life-')) return
    const sent = ledger.sent.get(id)
    if (sent === undefined) problems.push(`${id} was never sent.`)
    else if (value?.toString('utf8') !== sent) problems.push(`${id} has another content than was sent.`)
  })
  if (missing.size > 0)
    problems.push(`${missing.size} reports were acknowledged, or taken by the client, and are not in Kafka.`)
  for (const [status, times] of ledger.wrong) problems.push(`${times} requests were answered with ${status}.`)
  return {
    acknowledged: ledger.acknowledged.size,
    takenByClient: taken.size,
    records,
    writtenAgain: records - seen.size,
    problems: problems.slice(0, 100),
  }
}
