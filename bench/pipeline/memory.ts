// Resident memory of a matcher process under traffic: the last minute against the second.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { ProgressGauge } from '../../src/cli/local/gauge.ts'
import { Traffic } from '../../src/cli/local/traffic.ts'
import { makeReport } from '../../src/hashing/make-report.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import { submitReports } from '../../src/stream/topics/submit-reports.ts'
import { writeResult } from '../machine.ts'
import { residentMiB } from './process-figures.ts'
import { publishKnown, setUpWorkbench } from './workbench.ts'

const MINUTES = 5
const SAMPLE_MS = 1_000

await using bench = await setUpWorkbench(2)
const { log, settings } = bench
const random = seededRandom(1)
const [known] = await publishKnown(bench, 2_000, random)
const folder = mkdtempSync(join(tmpdir(), 'hashwarden-memory-'))
const matcher = await startMatcherProcess(settings, folder)
const stopped = new AbortController()
const traffic = new Traffic(
  (reports) => submitReports(log, settings.topics.reports, reports),
  random,
  () => makeReport('bench', [{ type: 'pdq', value: known, quality: 100 }]),
)
const running = traffic.run(stopped.signal)
const gauge = new ProgressGauge(log, settings.match.group, settings.topics.reports)
const byMinute: number[][] = Array.from({ length: MINUTES }, () => [])
let matched = 0
const startedMs = Date.now()
for (let minute = 0; minute < MINUTES; minute = Math.floor((Date.now() - startedMs) / 60_000)) {
  await sleep(SAMPLE_MS)
  const { matchedPerSecond, lagRecords } = await gauge.read()
  traffic.adapt(lagRecords)
  matched += matchedPerSecond * (SAMPLE_MS / 1000)
  byMinute[minute].push(residentMiB(matcher.pid).now)
}
stopped.abort()
await running
await matcher.stop()
rmSync(folder, { recursive: true, force: true })

const mean = (samples: readonly number[]): number =>
  samples.reduce((sum, one) => sum + one, 0) / samples.length
const minutes = byMinute.map((samples) => Math.round(mean(samples)))
const ratio = Number((mean(byMinute[MINUTES - 1]) / mean(byMinute[1])).toFixed(3))
console.log({ minutes, ratio })
writeResult('memory', {
  what: 'Resident memory of `hashwarden match` in MiB, mean of each minute, 2,000 known hashes, as many reports as it keeps up with',
  reports: Math.round(matched),
  meanMiBByMinute: minutes,
  lastToSecondMinute: ratio,
})
