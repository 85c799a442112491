// npm run soak -- --minutes 30 [--seed N] [--reports-per-second N] [--record]
// Matchers under the traffic of a client that is not ours, with kills, broker restarts and added partitions, on a
// known-hashes that the broker compacts all the time; then librdkafka reads all topics, and brute force judges them.
// --record writes bench/results/soak.json. The logs of the last run stay in .cache/soak-logs.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeResult } from '../../bench/machine.ts'
import { soakPython } from './soak/librdkafka.ts'
import { runSoak } from './soak/soak-run.ts'
import { commitOfSources } from './sources-commit.ts'

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    'reports-per-second': { type: 'string', default: '300' },
    record: { type: 'boolean', default: false },
  },
})
const about = {
  what: 'Three matcher processes under reports and a changing list by librdkafka (plain, idempotent and transactional, in every codec), with kills, restarts of the broker, partitions added and known-hashes compacted; then every report held against the list by brute force, and commits against ends',
  commit: commitOfSources(),
  minutes: Number(flags.minutes),
  seed: Number(flags.seed),
  reportsPerSecond: Number(flags['reports-per-second']),
}
const result = await runSoak({
  ...about,
  python: soakPython(),
  logsFolder: fileURLToPath(new URL('../../.cache/soak-logs', import.meta.url)),
  say: (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`),
})
console.log(result)
if (flags.record) writeResult('soak', { ...about, ...result })
if (result.problems.length > 0) process.exitCode = 1
