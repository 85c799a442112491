// Whether Node's permission model costs throughput: `hashwarden match` with and without it, in turn, on the same reports that
// wait. node bench/pipeline/permission.ts [--rounds N] [--reports N]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startMatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import { writeResult } from '../machine.ts'
import { median } from '../median.ts'
import { pileUp } from './pile-up.ts'
import { cpuSeconds } from './process-figures.ts'
import { publishKnown, setUpWorkbench } from './workbench.ts'

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '6' }, reports: { type: 'string', default: '400000' } },
})
const reports = Number(flags.reports)
const THREADS = 2
const CHECKOUT = new URL('../..', import.meta.url).pathname

await using bench = await setUpWorkbench(6)
const { log, settings } = bench
await publishKnown(bench, 2_000, seededRandom(1))
await pileUp(settings, reports)

/** What one process takes until it has committed all. */
async function measure(round: number, isLimited: boolean): Promise<{ wall: number; cpu: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-permission-'))
  const group = `permission-${round}-${isLimited}`
  const matcher = await startMatcherProcess(
    { ...settings, match: { ...settings.match, threads: THREADS, group } },
    folder,
    isLimited
      ? {
          nodeArguments: [
            '--permission',
            '--allow-worker',
            '--allow-addons',
            '--disable-warning=SecurityWarning',
            ...[CHECKOUT, folder, '/proc'].map((path) => `--allow-fs-read=${path}`),
          ],
        }
      : {},
  )
  const committed = async (): Promise<number> => {
    const offsets = await log.committed(group, settings.topics.reports).catch(() => [])
    return offsets.reduce((sum, { offset }) => sum + offset, 0)
  }
  while ((await committed()) === 0) await sleep(20)
  const [fromMs, fromCpu, from] = [performance.now(), cpuSeconds(matcher.pid), await committed()]
  while ((await committed()) < reports) await sleep(20)
  const done = (reports - from) / 1e6
  const figures = {
    wall: (performance.now() - fromMs) / 1000 / done,
    cpu: (cpuSeconds(matcher.pid) - fromCpu) / done,
  }
  await matcher.stop()
  rmSync(folder, { recursive: true, force: true })
  return figures
}

const rounded = (ratio: number): number => Number(ratio.toFixed(3))

const pairs = []
for (let round = 0; round <= Number(flags.rounds); round++) {
  // The order alternates, and the first pair warms up.
  const isFirst = round % 2 === 0
  const first = await measure(round, isFirst)
  const second = await measure(round, !isFirst)
  const [limited, free] = isFirst ? [first, second] : [second, first]
  if (round > 0)
    pairs.push({
      processorTime: rounded(limited.cpu / free.cpu),
      wallTime: rounded(limited.wall / free.wall),
    })
  console.log({ limited, free })
}
writeResult('permission', {
  what: `\`hashwarden match\` with ${THREADS} threads, with Node's permission model against without, in turn, on ${reports} reports of one MD5 each that wait: the median of the pairs' ratios (below 1: quicker with it)`,
  processorTime: rounded(median(pairs.map(({ processorTime }) => processorTime))),
  wallTime: rounded(median(pairs.map(({ wallTime }) => wallTime))),
  pairs,
})
