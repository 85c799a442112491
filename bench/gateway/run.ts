// Reports a second through one gateway process, with the broker and the load on the same cores, beside a bare Fastify route
// and a bare kafkajs producer in the same run; and latencies at half of that load. Writes bench/results/gateway.json.
//
// `node bench/gateway/run.ts [--seconds 15] [--rounds 3] [--reports 500] [--dry]`
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { writeResult } from '../machine.ts'
import { median } from '../median.ts'
import { percentilesOf } from '../pipeline/percentiles.ts'
import { Bodies } from './bodies.ts'
import { GatewaySite } from './gateway-site.ts'
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

async function measure(site: GatewaySite) {
  const { settings, key } = site
  const route = startChild('bare-route.ts')
  const bare: Target = { url: String(Reflect.get(Object(await messageOf(route)), 'url')), key }
  const target: Target = { url: site.url, key }
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
  }
}

const folder = mkdtempSync(join(tmpdir(), 'hashwarden-bench-gateway-'))
const broker = await startJavaBroker({ dataDir: join(folder, 'broker') })
try {
  await using site = await GatewaySite.start(broker.brokers, folder)
  const result = await measure(site)
  console.log(JSON.stringify(result, null, 2))
  if (!flags.dry) writeResult('gateway', result)
} finally {
  await broker.stop()
  rmSync(folder, { recursive: true, force: true })
}
