// npm run gateway-abuse -- --requests 200000 [--seed N] [--record]
// Wrong requests to a gateway process on a real Kafka: none may end it, be answered with a 5xx but 503, or leave memory
// behind, and Kafka has the reports that were acknowledged, and no others. --record writes bench/results/gateway-abuse.json.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeResult } from '../../bench/machine.ts'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { startServiceProcess } from '../../src/cli/local/service-process.ts'
import { keyLine } from '../../src/gateway/credentials/key-file.ts'
import { newKey } from '../../src/gateway/credentials/key-text.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import { sendWrong } from '../gateway/wrong-traffic.ts'
import { Deployment } from '../integration/deployment.ts'
import { commitOfSources } from './sources-commit.ts'

/** Memory is looked at after each of these many parts. */
const PARTS = 10
/** The first parts warm the process up. */
const WARM_PARTS = 3
/** Between the warm process and the end, in MiB. */
const MOST_GROWTH = 64

const { values: flags } = parseArgs({
  options: {
    requests: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
  },
})
const requests = Number(flags.requests)
const seed = Number(flags.seed)

/** Resident, in MiB. */
function memoryOf(pid: number): number {
  const [, kib = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kib) / 1_024)
}

const dataDir = await mkdtemp(join(tmpdir(), 'hashwarden-kafka-'))
const broker = await startJavaBroker({ dataDir })
try {
  await using deployment = await Deployment.on(broker.brokers)
  const { key, id, digest } = newKey()
  const keysFile = join(deployment.folder, 'keys')
  await writeFile(keysFile, `${keyLine(id, 'example', digest)}\n`, { mode: 0o600 })
  const { settings, folder } = deployment
  const gateway = await startServiceProcess({
    command: ['gateway'],
    settings: { ...settings, gateway: { ...settings.gateway, port: 0, credentials: { keysFile } } },
    folder,
  })
  const random = seededRandom(seed)
  const statuses: Record<string, number> = {}
  const unexpected = new Set<string>()
  const memoryMiB: number[] = []
  let accepted = 0
  let unanswered = 0
  for (let part = 0; part < PARTS; part++) {
    const sent = await sendWrong({ url: gateway.url, key }, Math.ceil(requests / PARTS), random)
    for (const [status, count] of Object.entries(sent.statuses))
      statuses[status] = (statuses[status] ?? 0) + count
    for (const one of sent.unexpected) unexpected.add(one)
    accepted += sent.accepted
    unanswered += sent.unanswered
    memoryMiB.push(memoryOf(gateway.pid))
    console.log(`${part + 1} of ${PARTS}: ${memoryMiB.at(-1)} MiB`, statuses)
  }
  const growth = Math.max(...memoryMiB) - memoryMiB[WARM_PARTS - 1]
  await gateway.stop()
  const exitCode = await gateway.exitCode
  const offsets = await deployment.log.offsets(settings.topics.reports)
  const written = offsets.reduce((sum, { end }) => sum + end, 0)
  const problems = [
    ...[...unexpected].map((one) => `An answer was not expected: ${one}.`),
    ...(growth > MOST_GROWTH ? [`Memory grew by ${growth} MiB.`] : []),
    ...(written >= accepted && written <= accepted + 4 * unanswered
      ? []
      : [`Kafka has ${written} reports, and ${accepted} were acknowledged.`]),
    ...(exitCode === 0 ? [] : [`The gateway ended with ${exitCode}.`]),
  ]
  const result = { requests, statuses, memoryMiB, accepted, written, unanswered, problems }
  console.log(result)
  const what =
    'Wrong requests, made by chance, to one gateway process: answers by status (0: the connection was closed), and memory after each tenth'
  if (flags.record) writeResult('gateway-abuse', { what, commit: commitOfSources(), seed, ...result })
  if (problems.length > 0) process.exitCode = 1
} finally {
  await broker.stop()
  await rm(dataDir, { recursive: true, force: true })
}
