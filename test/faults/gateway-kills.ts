// npm run gateway-kills -- --kills 50 [--seed N] [--record]
// The gateway and the broker, killed by SIGKILL at random points while platforms report; then every report that was
// acknowledged is looked for in Kafka. --record writes bench/results/gateway-kills.json.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeResult } from '../../bench/machine.ts'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { runGateway } from './gateway/gateway-run.ts'
import { commitOfSources } from './sources-commit.ts'

const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)
const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
  },
})
const about = {
  what: 'The gateway and the broker, killed by SIGKILL at random points while four platforms and a process with the client library, killed too, report; then every report that was acknowledged, or taken by the client, looked for in Kafka, with the content that was sent',
  commit: commitOfSources(),
  seed: Number(flags.seed),
}
const dataDir = await mkdtemp(join(tmpdir(), 'hashwarden-kafka-'))
const broker = await startJavaBroker({ dataDir, log: (line) => console.log(line) })
try {
  const { brokers } = broker
  const result = await runGateway({ brokers, broker, kills: Number(flags.kills), seed: about.seed, say })
  console.log(result)
  if (flags.record) writeResult('gateway-kills', { ...about, ...result })
  if (result.problems.length > 0) process.exitCode = 1
} finally {
  await broker.stop()
  await rm(dataDir, { recursive: true, force: true })
}
