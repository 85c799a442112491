// Memory of a matcher process that catches up with two million reports, against one that catches up with fewer.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import { writeResult } from '../machine.ts'
import { pileUp } from './pile-up.ts'
import { residentMiB } from './process-figures.ts'
import { publishKnown, setUpWorkbench } from './workbench.ts'

const PARTITIONS = 6
const BACKLOGS = [200_000, 1_000_000, 2_000_000] as const
const THREADS = 2

const rows = []
for (const reports of BACKLOGS) {
  await using bench = await setUpWorkbench(PARTITIONS)
  const { log, settings } = bench
  await publishKnown(bench, 2_000, seededRandom(1))
  await pileUp(settings, reports)
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-backlog-'))
  const matcher = await startMatcherProcess(
    { ...settings, match: { ...settings.match, threads: THREADS } },
    folder,
  )
  const startedMs = performance.now()
  const committed = async (): Promise<number> => {
    const offsets = await log.committed(settings.match.group, settings.topics.reports).catch(() => [])
    return offsets.reduce((sum, { offset }) => sum + offset, 0)
  }
  while ((await committed()) < reports) await sleep(500)
  const seconds = (performance.now() - startedMs) / 1000
  rows.push({ reports, seconds: Number(seconds.toFixed(1)), greatestMiB: residentMiB(matcher.pid).peak })
  console.log(rows.at(-1))
  await matcher.stop()
  rmSync(folder, { recursive: true, force: true })
}
writeResult('backlog', {
  what: `Greatest resident memory of \`hashwarden match\` with ${THREADS} threads while it catches up with reports of one MD5 each, packed by zstd, in ${PARTITIONS} partitions`,
  rows,
})
