// Measures the snapshot of the packed known set at 10,000,000 PDQ values with one entry each: how long it takes to write,
// how long changes wait meanwhile and matching at a time, and how long a process takes that starts from it. Writes
// bench/results/snapshot.json. Another number of entries may be given: node bench/search/snapshot.ts 1000000.
import { execFileSync } from 'node:child_process'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PACKED_CONTENT, PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { loadSnapshot } from '../../src/known/snapshot/load-snapshot.ts'
import { SnapshotRefusal } from '../../src/known/snapshot/snapshot-refusal.ts'
import { writeSnapshot, type SnapshotSection } from '../../src/known/snapshot/write-snapshot.ts'
import { writeResult } from '../machine.ts'
import { threadMs } from '../thread-clock.ts'
import { change, SOURCE_ID_BYTES } from './known-entries.ts'

const RUNS = 3
const KEYS = { plain: undefined, encrypted: createSecretKey(Buffer.alloc(32, 7)) }

const rounded = (figure: number): number => Number(figure.toPrecision(3))
const secondsSince = (started: number): number => (performance.now() - started) / 1000

/** What one run took, by the clock on the wall and by this thread's own time. */
interface Loading {
  readonly seconds: number
  readonly secondsOfThisThread: number
  readonly secondsOfAllThreads: number
}

async function load(file: string, key: KeyObject | undefined): Promise<Loading> {
  const started = performance.now()
  const startedMs = threadMs()
  const demands = { key, content: PACKED_CONTENT, nowMs: Date.now(), maxAgeMs: Infinity }
  const loaded = await loadSnapshot(file, demands, (reader) => PackedKnownSet.load(reader))
  if (loaded instanceof SnapshotRefusal) throw loaded
  await loaded.state.settle()
  const { user, system } = process.cpuUsage()
  return {
    seconds: secondsSince(started),
    secondsOfThisThread: (threadMs() - startedMs) / 1000,
    secondsOfAllThreads: (user + system) / 1e6,
  }
}

/** The least of several runs, figure by figure. */
function least<T extends object>(runs: readonly T[]): T {
  const figures = Object.keys(runs[0]).map((figure) => [
    figure,
    rounded(Math.min(...runs.map((run) => Number(Reflect.get(run, figure))))),
  ])
  // The same figures, each of them a number.
  return Object.fromEntries(figures) as T
}

async function write(set: PackedKnownSet, file: string, key: KeyObject | undefined) {
  const started = performance.now()
  const startedMs = threadMs()
  const facts = {
    topicId: '00000000-0000-4000-8000-000000000000',
    offset: set.position.offset,
    asOf: new Date().toISOString(),
    digest: set.digest,
    entries: set.entries,
    content: set.content,
  }
  let longestMs = 0
  const timed = ({ copy, ...section }: SnapshotSection): SnapshotSection => ({
    ...section,
    copy: (from, target) => {
      const copyStartedMs = threadMs()
      copy(from, target)
      longestMs = Math.max(longestMs, threadMs() - copyStartedMs)
    },
  })
  const sections = set.sections()
  const sectionsMs = threadMs() - startedMs
  let heldSeconds = 0
  const bytes = await writeSnapshot(file, facts, sections.map(timed), {
    key,
    onCopied: () => {
      heldSeconds = secondsSince(started)
    },
  })
  return {
    bytes,
    seconds: secondsSince(started),
    secondsOfThisThread: (threadMs() - startedMs) / 1000,
    changesWaitSeconds: heldSeconds,
    longestPauseMs: Math.max(longestMs, sectionsMs),
  }
}

const [asked, file, kind] = process.argv.slice(2)
if (asked === 'load') {
  console.log(JSON.stringify(await load(file, kind === 'encrypted' ? KEYS.encrypted : undefined)))
  process.exit(0)
}

const entries = Number(asked ?? 10_000_000)
const folder = mkdtempSync(join(tmpdir(), 'hashwarden-bench-'))
const set = new PackedKnownSet()
for (let number = 0; number < entries; number++) set.apply(change(number), number)
await set.settle()
const path = join(folder, 'known.snapshot')
const result: Record<string, unknown> = {
  what: 'snapshot of PDQ values with one entry each',
  sourceIdBytes: SOURCE_ID_BYTES,
  entries,
}
for (const [name, key] of Object.entries(KEYS)) {
  const writing = []
  for (let run = 0; run < RUNS; run++) writing.push(await write(set, path, key))
  const loading = Array.from({ length: RUNS }, (): Loading => {
    const self = fileURLToPath(import.meta.url)
    return JSON.parse(execFileSync(process.execPath, [self, 'load', path, name], { encoding: 'utf8' }))
  })
  result[name] = { write: least(writing), load: least(loading) }
}
rmSync(folder, { recursive: true })
console.log(JSON.stringify(result, null, 2))
writeResult('snapshot', result)
process.exit(0)
