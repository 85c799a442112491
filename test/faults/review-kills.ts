// npm run review-kills -- --kills 100 [--seed N] [--record]
// Two review processes under hits and reviewers, and PostgreSQL below them, killed in turn by SIGKILL; then every hit, every
// decision and the audit are held against what was published and acknowledged. --record writes
// bench/results/review-kills.json.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeResult } from '../../bench/machine.ts'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { runReview } from './review/review-run.ts'
import { commitOfSources } from './sources-commit.ts'

const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)
const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
  },
})
const about = {
  what: 'Two review processes and their PostgreSQL, killed in turn by SIGKILL under hits and reviewers; then hits, cases, decisions, topics and the audit held against what was published and acknowledged',
  commit: commitOfSources(),
  seed: Number(flags.seed),
}
const dataDir = await mkdtemp(join(tmpdir(), 'hashwarden-kafka-'))
const broker = await startJavaBroker({ dataDir, log: (line) => console.log(line) })
try {
  const result = await runReview({
    brokers: broker.brokers,
    kills: Number(flags.kills),
    seed: about.seed,
    say,
  })
  console.log(result)
  if (flags.record) writeResult('review-kills', { ...about, ...result })
  if (result.problems.length > 0) process.exitCode = 1
} finally {
  await broker.stop()
  await rm(dataDir, { recursive: true, force: true })
}
