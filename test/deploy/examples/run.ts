// `npm run test:examples`: the producers of deploy/examples, in Python and in Go, by HTTPS and to a Kafka. It needs Java and
// Maven, Python with venv and PyPI, and Go with its module proxy, so that `npm test` leaves it out. Those of a language that
// is not installed are not run, and it says so.
import { deepEqual } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pythonOf } from '../../../bench/peers/environment.ts'
import { startJavaBroker } from '../../../src/cli/local/broker-java.ts'
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import { openGateway, REPORTS } from '../../gateway/gateway-in-memory.ts'
import { Authority } from '../../kafka/security/certificates.ts'
import { GO_EXAMPLES, PYTHON_EXAMPLES, reportsIn, runExample, Uploads } from './example-runs.ts'

const PLATFORM = 'example'
const folder = mkdtempSync(join(tmpdir(), 'hashwarden-examples-run-'))
const ran: string[] = []
const left: string[] = []

type Command = readonly [string, ...string[]]

function secret(file: string, text: string): string {
  writeFileSync(join(folder, file), text, { mode: 0o600 })
  return join(folder, file)
}

/** A gateway with a certificate, on a log in memory. */
async function byHttps(name: string, command: Command, at: string): Promise<void> {
  using uploads = new Uploads()
  const log = new MemoryLog()
  const authority = new Authority('examples')
  const { certificate, key } = authority.issue({ name: 'gateway', hosts: ['127.0.0.1'] })
  const tls = { certificate: secret('gateway.pem', certificate), key: secret('gateway.key', key) }
  const gateway = await openGateway({ log, platforms: [PLATFORM], settings: { tls } })
  try {
    const environment = {
      HASHWARDEN_URL: gateway.url,
      HASHWARDEN_KEY: gateway.keyOf(PLATFORM),
      SSL_CERT_FILE: secret('authority.pem', authority.certificate),
    }
    // The second run sends what is there already.
    for (let times = 0; times < 2; times++) await runExample([...command, ...uploads.files], at, environment)
    deepEqual(await reportsIn(log, REPORTS, PLATFORM), uploads.expected)
  } finally {
    await gateway.close()
  }
  ran.push(name)
}

async function byKafka(name: string, command: Command, at: string): Promise<void> {
  using uploads = new Uploads()
  const topic = `examples-${ran.length}`
  await log.createTopic({ topic, partitions: 3, config: {} }, 1)
  const environment = {
    KAFKA_BROKERS: broker.brokers,
    HASHWARDEN_PLATFORM: PLATFORM,
    HASHWARDEN_TOPIC: topic,
  }
  await runExample([...command, ...uploads.files], at, environment)
  deepEqual(await reportsIn(log, topic, PLATFORM), uploads.expected)
  ran.push(name)
}

const isInstalled = (program: string, option: string): boolean =>
  spawnSync(program, [option], { stdio: 'ignore' }).status === 0

const broker = await startJavaBroker({ dataDir: join(folder, 'kafka'), log: (line) => console.log(line) })
const log = new KafkaLog({ ...loadSettings().kafka, brokers: broker.brokers.split(',') })
try {
  if (isInstalled('python3', '--version')) {
    const python = pythonOf(
      {
        name: 'examples',
        requirements: new URL('../../../deploy/examples/python/requirements.txt', import.meta.url),
        modules: ['confluent_kafka'],
        what: 'confluent-kafka, 20 MB',
      },
      console.log,
    )
    await byHttps('Python by HTTPS', [python, 'send_https.py'], PYTHON_EXAMPLES)
    await byKafka('Python to Kafka', [python, 'send_kafka.py'], PYTHON_EXAMPLES)
  } else left.push('Python: python3 is not installed')
  if (isInstalled('go', 'version')) {
    await byHttps('Go by HTTPS', ['go', 'run', './https'], GO_EXAMPLES)
    await byKafka('Go to Kafka', ['go', 'run', './kafka'], GO_EXAMPLES)
  } else left.push('Go: go is not installed')
} finally {
  await log.close()
  await broker.stop()
  rmSync(folder, { recursive: true, force: true })
}
for (const name of ran) console.log(`ran       ${name}`)
for (const why of left) console.log(`NOT RUN   ${why}`)
