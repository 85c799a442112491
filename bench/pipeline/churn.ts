// Memory of a matcher process whose list changes all the time, looking back on: node bench/pipeline/churn.ts
// [--minutes 60] [--live 20000] [--changes 300] [--reports 500]. Writes bench/results/churn.json. The hour shows whether
// memory has a bound (npm run bench:churn); npm run bench runs ten minutes of it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startMatcherProcess, type MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { makeReport } from '../../src/hashing/make-report.ts'
import { submitReports } from '../../src/stream/topics/submit-reports.ts'
import { encodeKnownHash, knownHashKey } from '../../src/contract/known-hash.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { pause } from '../../src/waiting/pause.ts'
import { writeResult } from '../machine.ts'
import { benchEntry, randomMd5 } from './known-values.ts'
import { readMetrics, stopInOrder, untilReady } from './matcher-state.ts'
import { residentMiB } from './process-figures.ts'
import { setUpWorkbench, type Workbench } from './workbench.ts'

const TICK_MS = 200
const SAMPLE_MS = 5_000
const MIB = 2 ** 20
/** Of each tick's changes: values that were never known, values that come back, and as many removals as both. */
const NEW_SHARE = 0.4
const BACK_SHARE = 0.1
/** The interval, in reports, between those of a value that is, was or will be known. */
const HIT_ONE_IN = 50

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    live: { type: 'string', default: '20000' },
    changes: { type: 'string', default: '300' },
    reports: { type: 'string', default: '500' },
  },
})
const minutes = Number(flags.minutes)
const perTick = (perSecond: string): number => Math.round((Number(perSecond) * TICK_MS) / 1000)
const random = seededRandom(7)

/** A list that stays about as long, and is another one soon: PDQ hashes and a tenth of MD5s. */
class ChangingList {
  readonly #live: Known[] = []
  readonly #gone: Known[] = []
  added = 0
  removed = 0

  get size(): number {
    return this.#live.length
  }

  /** Any of the values that are known now. */
  pick(): Known {
    return this.#live[Math.floor(random() * this.#live.length)]
  }

  /** The records of some additions and as many removals, oldest first. */
  change(additions: number, returns: number, removals: number): { key: string; value: string | null }[] {
    const records: { key: string; value: string | null }[] = []
    for (let n = 0; n < additions + returns; n++) {
      const known = (n < returns ? this.#gone.pop() : undefined) ?? someKnown()
      const entry = benchEntry(known.type, known.value)
      this.#live.push(known)
      this.added++
      records.push({ key: knownHashKey(entry), value: encodeKnownHash(entry) })
    }
    for (const known of this.#live.splice(0, removals)) {
      this.#gone.push(known)
      this.removed++
      records.push({ key: knownHashKey(benchEntry(known.type, known.value)), value: null })
    }
    if (this.#gone.length > 5_000) this.#gone.splice(0, 2_500)
    return records
  }
}

interface Known {
  readonly type: 'pdq' | 'md5'
  readonly value: HashValue
}

const someKnown = (): Known =>
  random() < 0.1
    ? { type: 'md5', value: randomMd5(random) }
    : { type: 'pdq', value: randomBalancedHash(random) }

/** Every tick changes the list and reports, until it is aborted. */
async function run({ log, settings }: Workbench, list: ChangingList, signal: AbortSignal): Promise<void> {
  const changes = perTick(flags.changes)
  const reports = perTick(flags.reports)
  const fresh = Math.round(changes * NEW_SHARE)
  const back = Math.round(changes * BACK_SHARE)
  for (let dueMs = performance.now(); !signal.aborted; dueMs += TICK_MS) {
    await log.produce(settings.topics.knownHashes, list.change(fresh, back, fresh + back))
    await submitReports(
      log,
      settings.topics.reports,
      Array.from({ length: reports }, () => {
        const { type, value } = random() * HIT_ONE_IN < 1 ? list.pick() : someKnown()
        return makeReport('bench', [type === 'pdq' ? { type, value, quality: 100 } : { type, value }])
      }),
    )
    await pause(Math.max(1, dueMs + TICK_MS - performance.now()), signal)
  }
}

/** What one sample says, in MiB, and how far looking back has come. */
async function sample(matcher: MatcherProcess) {
  const metrics = await readMetrics(matcher.url)
  const mib = (name: string): number => (metrics.get(name) ?? NaN) / MIB
  return {
    residentMiB: residentMiB(matcher.pid).now,
    heapMiB: mib('nodejs_heap_size_used_bytes'),
    externalMiB: mib('nodejs_external_memory_bytes'),
    known: metrics.get('hashwarden_known_entries') ?? NaN,
    lookedBackTo: metrics.get('hashwarden_retro_known_offset') ?? NaN,
  }
}
type Sample = Awaited<ReturnType<typeof sample>>

await using bench = await setUpWorkbench(4)
const defaults = loadSettings().match
const settings = {
  ...bench.settings,
  match: {
    ...bench.settings.match,
    canarySeconds: defaults.canarySeconds,
    retro: defaults.retro,
    threads: 2,
  },
}
await publishCanaries(bench.log, settings.topics.knownHashes)
const list = new ChangingList()
for (let n = 0; n < Number(flags.live); n += 2_000)
  await bench.log.produce(settings.topics.knownHashes, list.change(2_000, 0, 0))
const folder = mkdtempSync(join(tmpdir(), 'hashwarden-churn-'))
const matcher = await startMatcherProcess(settings, folder)
await untilReady(matcher)
const stopped = new AbortController()
const running = run(bench, list, stopped.signal)
const byMinute: Sample[] = []
let reported = 0
for (let minute = 0; minute < minutes; minute++) {
  const samples: Sample[] = []
  for (let at = 0; at < 60_000; at += SAMPLE_MS) {
    await pause(SAMPLE_MS, stopped.signal)
    samples.push(await sample(matcher))
  }
  const mean = (of: (one: Sample) => number): number =>
    Math.round(samples.reduce((sum, one) => sum + of(one), 0) / samples.length)
  byMinute.push({
    residentMiB: mean((one) => one.residentMiB),
    heapMiB: mean((one) => one.heapMiB),
    externalMiB: mean((one) => one.externalMiB),
    known: samples.at(-1)?.known ?? NaN,
    lookedBackTo: samples.at(-1)?.lookedBackTo ?? NaN,
  })
  console.log(minute + 1, JSON.stringify(byMinute.at(-1)), list.added, list.removed)
}
reported = (await bench.log.offsets(settings.topics.reports)).reduce((sum, { end }) => sum + end, 0)
stopped.abort()
await running
await stopInOrder(matcher)
rmSync(folder, { recursive: true, force: true })
writeResult('churn', {
  what: `Memory of \`hashwarden match\` (2 threads) in MiB, mean of each minute: ${flags.live} known hashes of which ${flags.changes} a second are added or removed, ${flags.reports} reports a second, looking back`,
  added: list.added,
  removed: list.removed,
  reports: reported,
  byMinute,
})
