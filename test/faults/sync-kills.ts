// npm run sync-kills -- --kills 100 [--seed N] [--record]
// The daemon that keeps lists up to date, killed by SIGKILL at random points against servers whose lists move and fail; then
// the known set is held against what the servers say, withdrawals included. --record writes bench/results/sync-kills.json.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeResult } from '../../bench/machine.ts'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { commitOfSources } from './sources-commit.ts'
import { runSync } from './sync/sync-run.ts'

const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)
const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
  },
})
const about = {
  what: 'The daemon that keeps lists up to date, killed by SIGKILL at random points against servers of six kinds whose lists move and fail; then the known set held against the lists, withdrawals included',
  commit: commitOfSources(),
  seed: Number(flags.seed),
}
const dataDir = await mkdtemp(join(tmpdir(), 'hashwarden-kafka-'))
const broker = await startJavaBroker({ dataDir, log: (line) => console.log(line) })
try {
  const result = await runSync({ brokers: broker.brokers, kills: Number(flags.kills), seed: about.seed, say })
  console.log(result)
  if (flags.record) writeResult('sync-kills', { ...about, ...result })
  if (result.problems.length > 0) process.exitCode = 1
} finally {
  await broker.stop()
  await rm(dataDir, { recursive: true, force: true })
}
