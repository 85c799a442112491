// npm run upgrade -- [--from COMMIT] [--seed N] [--reports-per-second N] [--record]
// Three matchers and the review service of another version, by default the last landed one, under reports and a changing list;
// each is replaced by this version, one after the other, and back again. Then every report is held against the list by brute
// force. --record writes bench/results/upgrade.json. The logs of the last run stay in .cache/upgrade-logs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeResult } from '../../bench/machine.ts'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { commitOfSources } from './sources-commit.ts'
import { checkOut, LANDED } from './upgrade/other-version.ts'
import { runUpgrade } from './upgrade/upgrade-run.ts'

const { values: flags } = parseArgs({
  options: {
    from: { type: 'string', default: LANDED },
    seed: { type: 'string', default: '1' },
    'reports-per-second': { type: 'string', default: '200' },
    record: { type: 'boolean', default: false },
  },
})
const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)
const from = checkOut(flags.from, say)
const about = {
  what: 'Three matchers and a review service under reports and a changing list, replaced one after the other by a later version and back again; then every report held against the list by brute force, readiness against what each process did, and the review store against the hits',
  commit: commitOfSources(),
  from: from.commit,
  seed: Number(flags.seed),
  reportsPerSecond: Number(flags['reports-per-second']),
}
const dataDir = mkdtempSync(join(tmpdir(), 'hashwarden-kafka-'))
const broker = await startJavaBroker({ dataDir, log: say })
const startedMs = performance.now()
try {
  const result = await runUpgrade({
    ...about,
    from,
    brokers: broker.brokers,
    logsFolder: fileURLToPath(new URL('../../.cache/upgrade-logs', import.meta.url)),
    say,
  })
  const seconds = Math.round((performance.now() - startedMs) / 1000)
  console.log({ seconds, ...result })
  if (flags.record) writeResult('upgrade', { ...about, seconds, ...result })
  if (result.problems.length > 0) process.exitCode = 1
} finally {
  await broker.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
