// Import of plain lists as `hashwarden hashset import` does it, in processes of its own: a list of a million lines into a broker
// of this machine, twice; then one of ten million compared with a topic that has all of it. Three to six minutes. Writes
// bench/results/lists.json: node bench/lists/import.ts. With other numbers of lines it writes nothing: node
// bench/lists/import.ts 100000 1000000. (0 leaves a part out.)
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { NODE_MEMORY_ARGUMENTS } from '../../src/cli/node-memory.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { writeResult } from '../machine.ts'
import { cpuSeconds, residentMiB } from '../pipeline/process-figures.ts'
import { setUpWorkbench, type Workbench } from '../pipeline/workbench.ts'
import { CLASSIFICATION, SOURCE, writeList } from './plain-list.ts'

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname
const COMPARE = new URL('compare.ts', import.meta.url).pathname
const IMPORTED = 1_000_000
const COMPARED = 10_000_000
const PARTITIONS = 1
/** Often enough to see the last of a process that lasts seconds. */
const LOOK_MS = 50
const MB_PER_MIB = 2 ** 20 / 1e6

/** What is promised of both. */
const LEAST_LINES_A_SECOND = 50_000
const MOST_MB = 1_000

interface ImportRow {
  readonly run: 'first import' | 'same list again'
  readonly lines: number
  readonly seconds: number
  readonly linesPerSecond: number
  /** Of the importing process, all of its threads. */
  readonly processorMicrosecondsALine: number
  readonly peakMB: number
  readonly recordsPublished: number
}

interface ComparisonRow {
  readonly entries: number
  /** Reading the list, and the topic, and comparing both. */
  readonly seconds: number
  readonly comparisonMicrosecondsAnEntry: number
  readonly peakMB: number
}

const rounded = (figure: number): number => Number(figure.toPrecision(3))

const endOf = async ({ log, settings }: Workbench): Promise<number> => {
  const [{ end }] = await log.offsets(settings.topics.knownHashes)
  return end
}

/** Runs the command, and looks at its memory and processor time until it ends. */
async function runImport(config: string, list: string) {
  const words = ['--source', SOURCE, '--classification', `${CLASSIFICATION.scheme}:${CLASSIFICATION.code}`]
  const child = spawn(
    process.execPath,
    [
      ...NODE_MEMORY_ARGUMENTS,
      MAIN,
      'hashset',
      'import',
      ...words,
      '--format',
      'lines',
      '--json',
      '--config',
      config,
      list,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const began = performance.now()
  let peakMiB = 0
  let processorSeconds = 0
  const looking = setInterval(() => {
    try {
      const { peak } = residentMiB(child.pid ?? 0)
      // A process that is ending has no memory any more.
      if (peak > 0) peakMiB = peak
      processorSeconds = cpuSeconds(child.pid ?? 0)
    } catch {
      // It has ended.
    }
  }, LOOK_MS)
  await Promise.all([json(child.stdout), once(child, 'exit')])
  clearInterval(looking)
  if (child.exitCode !== 0) throw new Error(`The import ended with ${child.exitCode}`)
  return { seconds: (performance.now() - began) / 1000, peakMiB, processorSeconds }
}

async function importTwice(folder: string, lines: number): Promise<readonly ImportRow[]> {
  const list = join(folder, 'list.txt')
  await writeList(list, lines)
  await using bench = await setUpWorkbench(PARTITIONS)
  const config = writeConfig(folder, bench.settings)
  const rows: ImportRow[] = []
  for (const run of ['first import', 'same list again'] as const) {
    const before = await endOf(bench)
    const { seconds, peakMiB, processorSeconds } = await runImport(config, list)
    const recordsPublished = (await endOf(bench)) - before
    const expected = run === 'first import' ? lines : 0
    if (recordsPublished !== expected)
      throw new Error(`${run}: ${recordsPublished} records were published, not ${expected}`)
    rows.push({
      run,
      lines,
      seconds: rounded(seconds),
      linesPerSecond: rounded(lines / seconds),
      processorMicrosecondsALine: rounded((processorSeconds * 1e6) / lines),
      peakMB: Math.round(peakMiB * MB_PER_MIB),
      recordsPublished,
    })
  }
  return rows
}

function writeConfig(folder: string, settings: Settings): string {
  const config = join(folder, 'hashwarden.yaml')
  writeFileSync(config, stringify(settings))
  return config
}

async function compare(folder: string, entries: number): Promise<ComparisonRow> {
  const list = join(folder, 'large.txt')
  await writeList(list, entries)
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...NODE_MEMORY_ARGUMENTS,
    COMPARE,
    list,
    String(entries),
  ])
  const { seconds, comparisonSeconds, peakMB }: Record<string, number> = JSON.parse(stdout)
  return {
    entries,
    seconds: rounded(seconds),
    comparisonMicrosecondsAnEntry: rounded((comparisonSeconds * 1e6) / entries),
    peakMB,
  }
}

const isKept = (is: boolean): string => (is ? 'kept' : 'NOT KEPT')

const [lines = IMPORTED, entries = COMPARED] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'hashwarden-bench-list-'))
try {
  const imports = lines > 0 ? await importTwice(folder, lines) : []
  for (const row of imports) console.log(row)
  for (const { run, linesPerSecond } of imports)
    console.log(
      `${run}: ${linesPerSecond} lines a second; promised are ${LEAST_LINES_A_SECOND}: ${isKept(linesPerSecond >= LEAST_LINES_A_SECOND)}`,
    )
  const comparisons = entries > 0 ? [await compare(folder, entries)] : []
  for (const row of comparisons) {
    console.log(row)
    console.log(
      `${row.entries} entries compared in ${row.peakMB} MB; promised are less than ${MOST_MB}: ${isKept(row.peakMB < MOST_MB)}`,
    )
  }
  if (process.argv.length === 2)
    writeResult('lists', {
      what: 'Plain lists of MD5 and PDQ hashes, each with an id. `hashwarden hashset import` from its start to its end: reading, comparing with the topic, publishing with acknowledgement by all replicas (one broker, on the same machine). Then a larger list compared with a topic that has all of its entries, without a broker',
      imports,
      comparisons,
    })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
