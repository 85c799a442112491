// Holds what hashwarden reads of interleaved transactions against librdkafka's read_committed, on a real broker:
//   npm run transactions -- [--cases N] [--seed SEED] [--record]
// --record keeps the partitions in test/data/transactions.json, which `npm test` reads without Python or a broker.
// It needs Python 3 with venv; librdkafka (confluent-kafka) is installed into .cache/librdkafka from PyPI.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import type { EventLog } from '../../src/log/event-log.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const ENVIRONMENT = path('../../.cache/librdkafka')
const PYTHON = join(ENVIRONMENT, 'bin', 'python')
const RECORDED = path('../data/transactions.json')
const LIBRDKAFKA = 'confluent-kafka==2.16.1'

/** Bytes of a fetch: the broker sends one batch at least, so that most transactions are larger than a fetch; and all. */
const FETCH_BYTES = [200, 1_000_000]
const PRODUCERS = 5

/** A producer (0 knows no transactions), what it does, how often, and whether its keys are four zero bytes. */
type Step = readonly [producer: number, does: 'write' | 'commit' | 'abort', count: number, zeros: boolean]

/** A partition as the broker keeps it, and the offsets that librdkafka reads of it. */
interface Recorded {
  readonly batches: string
  readonly aborted: readonly {
    readonly producerId: number
    readonly firstOffset: number
    readonly lastOffset: number
  }[]
  readonly read: readonly number[]
}

function stepsOf(seed: number): readonly Step[] {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  return Array.from({ length: 10 + below(40) }, () => {
    const does = (['write', 'write', 'commit', 'abort', 'abort'] as const)[below(5)]
    return [below(PRODUCERS), does, 1 + below(3), below(2) === 0]
  })
}

function install(): void {
  if (existsSync(PYTHON)) return
  const stdio = ['ignore', 'ignore', 'inherit'] as const
  execFileSync('python3', ['-m', 'venv', ENVIRONMENT], { stdio: [...stdio] })
  execFileSync(PYTHON, ['-m', 'pip', 'install', '--quiet', LIBRDKAFKA], { stdio: [...stdio] })
}

/** The offsets that a member of a group reads, by fetches of this size. */
async function readAll(
  log: EventLog,
  topic: string,
  maxBytesPerPartition: number,
): Promise<readonly number[]> {
  const [{ end }] = await log.offsets(topic)
  const offsets: number[] = []
  const done = Promise.withResolvers<void>()
  const consumption = await log.consume({
    group: `${topic}-${maxBytesPerPartition}`,
    topics: [topic],
    maxBytesPerPartition,
    onAssigned: () => {},
    onBatch: async (batch) => {
      offsets.push(...batch.records.map(({ offset }) => offset))
      batch.advance(batch.nextOffset)
      if (batch.nextOffset >= end) done.resolve()
    },
  })
  await done.promise
  await consumption.stop()
  return offsets
}

/** The partition's batches and its index of aborted transactions, from the broker's files. */
function record(dataDir: string, topic: string, read: readonly number[]): Recorded {
  const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
  const fileOf = (extension: string): Buffer => {
    const name = files.find((file) => file.includes(`${topic}-0/`) && file.endsWith(extension))
    return name === undefined ? Buffer.alloc(0) : readFileSync(join(dataDir, name))
  }
  const index = fileOf('.txnindex')
  const aborted: Recorded['aborted'][number][] = []
  // An entry: a version of 16 bits, then four numbers of 64.
  for (let at = 0; at + 34 <= index.length; at += 34) {
    const number = (n: number): number => Number(index.readBigInt64BE(at + 2 + 8 * n))
    aborted.push({ producerId: number(0), firstOffset: number(1), lastOffset: number(2) })
  }
  return { batches: gzipSync(fileOf('.log'), { level: 9 }).toString('base64'), aborted, read }
}

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    record: { type: 'boolean' },
  },
})
install()
const dataDir = mkdtempSync(join(tmpdir(), 'hashwarden-transactions-'))
const broker = await startJavaBroker({ dataDir })
const log = new KafkaLog({ brokers: [broker.brokers], clientId: 'transactions' })
try {
  const cases = Array.from({ length: Number(values.cases) }, (_, n) => {
    const seed = Number(values.seed) + n
    return { topic: `case-${seed}`, steps: stepsOf(seed) }
  })
  for (const { topic } of cases) await log.createTopic({ topic, partitions: 1, config: {} }, 1)
  const output = execFileSync(PYTHON, [path('librdkafka.py')], {
    input: JSON.stringify({ brokers: broker.brokers, cases }),
    maxBuffer: 2 ** 28,
  })
  const oracle: number[][] = output
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  let differing = 0
  for (const [n, { topic }] of cases.entries())
    for (const bytes of FETCH_BYTES) {
      const ours = await readAll(log, topic, bytes)
      if (isDeepStrictEqual(ours, oracle[n])) continue
      differing++
      console.log(
        `${topic}, fetches of ${bytes} bytes: librdkafka reads ${oracle[n].join(' ')}, we ${ours.join(' ')}`,
      )
    }
  const records = oracle.reduce((sum, { length }) => sum + length, 0)
  console.log(
    `${cases.length} partitions, ${records} records that are committed, ${differing} read otherwise`,
  )
  if (differing > 0) process.exitCode = 1
  // A broker writes its index once it stops at the latest.
  await log.close()
  await broker.stop()
  if (values.record && differing === 0) {
    const recorded = cases.map(({ topic }, n) => record(dataDir, topic, oracle[n]))
    writeFileSync(RECORDED, `${JSON.stringify(recorded, null, 1)}\n`)
  }
} finally {
  await log.close()
  await broker.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
