// Reports a second through one gateway process, with the broker and the load on the same cores, beside a bare Fastify route
// and a bare kafkajs producer in the same run; and latencies at half of that load. Writes bench/results/gateway.json.
//
// `node bench/gateway/run.ts [--seconds 15] [--rounds 3] [--reports 500] [--dry]`
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { startServiceProcess } from '../../src/cli/local/service-process.ts'
import { keyLine } from '../../src/gateway/credentials/key-file.ts'
import { newKey } from '../../src/gateway/credentials/key-text.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { wantedTopics, statusTopic } from '../../src/stream/topics/topics.ts'
import { writeResult } from '../machine.ts'
import { median } from '../median.ts'
import { percentilesOf } from '../pipeline/percentiles.ts'
import { Bodies } from './bodies.ts'
import { paced, saturate, type Target } from './requests.ts'

const AT_ONCE = 8
const PRODUCER_AT_ONCE = 3
const WARM_SECONDS = 5

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    rounds: { type: 'string', default: '3' },
    reports: { type: 'string', default: '500' },
    /** Prints, and writes nothing. */
    dry: { type: 'boolean', default: false },
  },
})
const seconds = Number(flags.seconds)
const reports = Number(flags.reports)
const bodies = new Bodies(reports)

const startChild = (name: string, ...args: readonly string[]): ChildProcess =>
  fork(fileURLToPath(new URL(name, import.meta.url)), args)

async function messageOf(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message')
  return message
}

/** Reports a second of kafkajs alone. */
async function producerRate(brokers: string, topic: string): Promise<number> {
  const child = startChild(
    'bare-producer.ts',
    brokers,
    topic,
    String(reports),
    String(seconds),
    String(PRODUCER_AT_ONCE),
  )
  return Number(Reflect.get(Object(await messageOf(child)), 'perSecond'))
}

const rate = async (target: Target): Promise<number> =>
  reports * (await saturate(target, bodies, AT_ONCE, seconds))

async function measure(settings: Settings, key: string, folder: string) {
  const gateway = await startServiceProcess({ command: ['gateway'], settings, folder })
  const route = startChild('bare-route.ts')
  const bare: Target = { url: String(Reflect.get(Object(await messageOf(route)), 'url')), key }
  const target: Target = { url: gateway.url, key }
  try {
    for (const one of [target, bare]) await saturate(one, bodies, AT_ONCE, WARM_SECONDS)
    const rates = { gateway: [] as number[], fastify: [] as number[], kafkajs: [] as number[] }
    for (let round = 0; round < Number(flags.rounds); round++) {
      rates.gateway.push(await rate(target))
      rates.fastify.push(await rate(bare))
      rates.kafkajs.push(await producerRate(settings.kafka.brokers.join(','), settings.topics.reports))
      console.log(
        Object.entries(rates)
          .map(([name, all]) => `${name} ${Math.round(all.at(-1) ?? 0)}/s`)
          .join('  '),
      )
    }
    const perSecond = {
      gateway: Math.round(median(rates.gateway)),
      fastify: Math.round(median(rates.fastify)),
      kafkajs: Math.round(median(rates.kafkajs)),
    }
    const half = perSecond.gateway / 2 / reports
    const latencyMs = percentilesOf(await paced(target, bodies, half, seconds))
    const slower = Math.min(perSecond.fastify, perSecond.kafkajs)
    return {
      reportsPerRequest: reports,
      bytesPerRequest: bodies.bytes,
      requestsAtOnce: AT_ONCE,
      reportsPerSecond: perSecond,
      ratioToSlower: Math.round((100 * perSecond.gateway) / slower) / 100,
      halfLoad: { reportsPerSecond: Math.round(half * reports), latencyMs },
    }
  } finally {
    route.disconnect()
    await gateway.stop()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'hashwarden-bench-gateway-'))
const broker = await startJavaBroker({ dataDir: join(folder, 'broker') })
try {
  const { key, id, digest } = newKey()
  const keysFile = join(folder, 'keys')
  writeFileSync(keysFile, `${keyLine(id, 'bench', digest)}\n`, { mode: 0o600 })
  const defaults = loadSettings(undefined, { KAFKA_BROKERS: broker.brokers })
  const settings: Settings = {
    ...defaults,
    gateway: { ...defaults.gateway, port: 0, credentials: { keysFile } },
  }
  const log = new KafkaLog(settings.kafka)
  for (const topic of [...wantedTopics(settings.topics, 6), statusTopic(settings.topics.status)])
    await log.createTopic(topic, 1)
  await log.close()
  const result = await measure(settings, key, folder)
  console.log(JSON.stringify(result, null, 2))
  if (!flags.dry) writeResult('gateway', result)
} finally {
  await broker.stop()
  rmSync(folder, { recursive: true, force: true })
}
