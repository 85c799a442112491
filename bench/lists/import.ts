// Import of plain lists as `hashwarden hashset import` does it, in a process of its own, against a broker of this machine:
// a list of a million lines, and one of ten million, each imported twice. Writes bench/results/lists.json:
// node bench/lists/import.ts. Another number of lines may be given, which writes nothing: node bench/lists/import.ts 100000.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { json } from 'node:stream/consumers'
import { stringify } from 'yaml'
import { NODE_MEMORY_ARGUMENTS } from '../../src/cli/node-memory.ts'
import { randomBalancedHash, seededRandom, type Random } from '../../src/sample/random-hash.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { writeResult } from '../machine.ts'
import { cpuSeconds, residentMiB } from '../pipeline/process-figures.ts'
import { setUpWorkbench, type Workbench } from '../pipeline/workbench.ts'

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname
const SIZES = [1_000_000, 10_000_000] as const
const SEED = 5
const PARTITIONS = 1
/** Often enough to see the last of a process that lasts seconds. */
const LOOK_MS = 100
const LINES_AT_ONCE = 10_000

interface Row {
  readonly lines: number
  readonly run: 'first import' | 'same list again'
  readonly seconds: number
  readonly linesPerSecond: number
  readonly processorSeconds: number
  readonly greatestMiB: number
  readonly recordsPublished: number
}

/** Two lines of three name an MD5, one a PDQ hash, each with an id as hotlines have it. */
function* lines(count: number, random: Random): Generator<string> {
  for (let from = 0; from < count; from += LINES_AT_ONCE) {
    let text = ''
    for (let line = from; line < Math.min(count, from + LINES_AT_ONCE); line++) {
      const value = randomBalancedHash(random)
      text += line % 3 === 0 ? `pdq ${value} ${line}\n` : `md5 ${value.slice(0, 32)} ${line}\n`
    }
    yield text
  }
}

const endOf = async ({ log, settings }: Workbench): Promise<number> => {
  const [{ end }] = await log.offsets(settings.topics.knownHashes)
  return end
}

/** Runs the command, and looks at its memory and processor time until it ends. */
async function importList(settings: Settings, folder: string, list: string) {
  const config = join(folder, 'hashwarden.yaml')
  writeFileSync(config, stringify(settings))
  const words = [
    '--source',
    'bench',
    '--classification',
    'bench:A1',
    '--format',
    'lines',
    '--json',
    '--config',
    config,
  ]
  const child = spawn(
    process.execPath,
    [...NODE_MEMORY_ARGUMENTS, MAIN, 'hashset', 'import', ...words, list],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const began = performance.now()
  let greatestMiB = 0
  let processorSeconds = 0
  const looking = setInterval(() => {
    try {
      const { peak } = residentMiB(child.pid ?? 0)
      // A process that is ending has no memory any more.
      if (peak > 0) greatestMiB = peak
      processorSeconds = cpuSeconds(child.pid ?? 0)
    } catch {
      // It has ended.
    }
  }, LOOK_MS)
  const [summary] = await Promise.all([json(child.stdout), once(child, 'exit')])
  clearInterval(looking)
  if (child.exitCode !== 0) throw new Error(`The import ended with ${child.exitCode}`)
  return { summary, seconds: (performance.now() - began) / 1000, greatestMiB, processorSeconds }
}

async function measure(count: number): Promise<readonly Row[]> {
  await using bench = await setUpWorkbench(PARTITIONS)
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-bench-list-'))
  try {
    const list = join(folder, 'list.txt')
    await pipeline(lines(count, seededRandom(SEED)), createWriteStream(list))
    const rows: Row[] = []
    for (const run of ['first import', 'same list again'] as const) {
      const before = await endOf(bench)
      const { seconds, greatestMiB, processorSeconds } = await importList(bench.settings, folder, list)
      const recordsPublished = (await endOf(bench)) - before
      const expected = run === 'first import' ? count : 0
      if (recordsPublished !== expected)
        throw new Error(`${run}: ${recordsPublished} records were published, not ${expected}`)
      rows.push({
        lines: count,
        run,
        seconds: Number(seconds.toPrecision(3)),
        linesPerSecond: Number((count / seconds).toPrecision(3)),
        processorSeconds: Number(processorSeconds.toPrecision(3)),
        greatestMiB,
        recordsPublished,
      })
      console.log(rows.at(-1))
    }
    return rows
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [asked] = process.argv.slice(2).map(Number)
const rows: Row[] = []
for (const size of asked === undefined ? SIZES : [asked]) rows.push(...(await measure(size)))
if (asked === undefined)
  writeResult('lists', {
    what: 'Import of plain lists of MD5 and PDQ hashes, each with an id, by `hashwarden hashset import`: reading, comparing with the topic, publishing with acknowledgement by all replicas (one broker on the same machine)',
    rows,
  })
