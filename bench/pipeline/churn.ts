// Memory and lag of a matcher process whose list changes all the time, looking back on: node bench/pipeline/churn.ts
// [--minutes 60] [--live 20000] [--changes 300] [--reports 500 | --load 0.7]. With --load it first finds out what this
// machine sustains, traffic included, and reports at that share of it. Writes bench/results/churn.json. The hour shows
// whether memory has a bound (npm run bench:churn); npm run bench runs ten minutes of it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startMatcherProcess, type MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import { LagWatch } from '../../src/stream/topics/lag-watch.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { pause } from '../../src/waiting/pause.ts'
import { writeResult } from '../machine.ts'
import { ChangingList } from './changing-list.ts'
import { ChurnTraffic } from './churn-traffic.ts'
import { readMetrics, stopInOrder, untilReady } from './matcher-state.ts'
import { residentMiB } from './process-figures.ts'
import { setUpWorkbench, type Workbench } from './workbench.ts'

const SAMPLE_MS = 5_000
const LAG_SAMPLE_MS = 1_000
const MINUTE_MS = 60_000
const MIB = 2 ** 20
const PARTITIONS = 4
/** Reports are kept for ten minutes, in segments of one: an hour at full load would fill the disk. */
const KEPT = { 'retention.ms': String(10 * MINUTE_MS), 'segment.ms': String(MINUTE_MS) }
/** The first rate that is tried, the step to the next, and the finer step back up from the last one that held. */
const FIRST_PER_SECOND = 1_000
const COARSE = 1.5
const FINE = 1.15
const STEP_MS = 20_000
/** A rate holds if no report waits longer than this at the end of its step, in seconds. */
const HELD_WITHIN_SECONDS = 1

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    live: { type: 'string', default: '20000' },
    changes: { type: 'string', default: '300' },
    reports: { type: 'string', default: '500' },
    load: { type: 'string' },
  },
})

/** What one sample says: MiB, and how far looking back has come. */
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
type Minute = Awaited<ReturnType<typeof sample>> & { readonly lagSeconds: number }

/** Age of the oldest report that waits, in seconds, as the broker tells it. */
class LagProbe implements AsyncDisposable {
  readonly #watch: LagWatch
  /** The greatest since it was last taken. */
  #most = 0
  readonly #stopped = new AbortController()
  readonly #sampling: Promise<void>

  constructor({ log, settings }: Workbench) {
    this.#watch = new LagWatch({
      log,
      group: settings.match.group,
      topics: settings.topics,
      metrics: createMetrics({ ofProcess: false }),
    })
    this.#watch.start()
    this.#sampling = this.#sample()
  }

  /** Infinite while the broker does not answer: what is not known is no 0. */
  get now(): number {
    const { partitions } = this.#watch
    if (!partitions) return Infinity
    return Math.max(0, ...partitions.map(({ lagSeconds = Infinity }) => lagSeconds))
  }

  takeMost(): number {
    const most = this.#most
    this.#most = 0
    return most
  }

  async #sample(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#most = Math.max(this.#most, this.now)
      await pause(LAG_SAMPLE_MS, this.#stopped.signal)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort()
    await Promise.all([this.#sampling, this.#watch.stop()])
  }
}

/** Whether the matcher keeps up with this rate, and the traffic reaches it. */
async function holds(traffic: ChurnTraffic, probe: LagProbe, perSecond: number): Promise<boolean> {
  traffic.reportsPerSecond = perSecond
  await pause(STEP_MS / 2)
  const before = traffic.reported
  const beganMs = performance.now()
  probe.takeMost()
  await pause(STEP_MS / 2)
  const sent = ((traffic.reported - before) / (performance.now() - beganMs)) * 1000
  const lag = probe.takeMost()
  const isHeld = sent > 0.95 * perSecond && lag <= HELD_WITHIN_SECONDS
  console.log(
    `${Math.round(perSecond)}/s: sent ${Math.round(sent)}/s, lag ${lag} s: ${isHeld ? 'held' : 'not held'}`,
  )
  return isHeld
}

/** The highest rate of those tried that the machine sustains. */
async function capacityOf(traffic: ChurnTraffic, probe: LagProbe): Promise<number> {
  let held = 0
  for (let rate = FIRST_PER_SECOND; await holds(traffic, probe, rate); rate *= COARSE) held = rate
  if (held === 0) throw new Error(`This machine does not even sustain ${FIRST_PER_SECOND} reports a second.`)
  const untilCalm = async (): Promise<void> => {
    traffic.reportsPerSecond = held / 2
    while (probe.now > HELD_WITHIN_SECONDS) await pause(SAMPLE_MS)
  }
  await untilCalm()
  for (let rate = held * FINE; rate < (held / FINE) * COARSE; rate *= FINE) {
    if (!(await holds(traffic, probe, rate))) break
    held = rate
  }
  await untilCalm()
  return Math.round(held)
}

await using bench = await setUpWorkbench(PARTITIONS)
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
const { reports: topic, knownHashes } = settings.topics
await bench.log.alterTopic({ topic, partitions: PARTITIONS, config: KEPT })
await publishCanaries(bench.log, knownHashes)
const random = seededRandom(7)
const list = new ChangingList(random)
for (let n = 0; n < Number(flags.live); n += 2_000)
  await bench.log.produce(knownHashes, list.change(2_000, 0, 0))
const folder = mkdtempSync(join(tmpdir(), 'hashwarden-churn-'))
const matcher = await startMatcherProcess(settings, folder)
await untilReady(matcher)
const stopped = new AbortController()
const traffic = new ChurnTraffic(bench, list, random, Number(flags.changes))
const running = traffic.run(stopped.signal)
await using probe = new LagProbe(bench)
while (probe.now === Infinity) await pause(LAG_SAMPLE_MS)
probe.takeMost()
const capacity = flags.load === undefined ? undefined : await capacityOf(traffic, probe)
traffic.reportsPerSecond =
  capacity === undefined ? Number(flags.reports) : Math.round(capacity * Number(flags.load))
const rate = traffic.reportsPerSecond
const before = { added: list.added, removed: list.removed, reports: traffic.reported }
const byMinute: Minute[] = []
for (let minute = 0; minute < Number(flags.minutes); minute++) {
  const samples: Awaited<ReturnType<typeof sample>>[] = []
  probe.takeMost()
  for (let at = 0; at < MINUTE_MS; at += SAMPLE_MS) {
    await pause(SAMPLE_MS, stopped.signal)
    samples.push(await sample(matcher))
  }
  const mean = (of: (one: (typeof samples)[number]) => number): number =>
    Math.round(samples.reduce((sum, one) => sum + of(one), 0) / samples.length)
  byMinute.push({
    residentMiB: mean((one) => one.residentMiB),
    heapMiB: mean((one) => one.heapMiB),
    externalMiB: mean((one) => one.externalMiB),
    known: samples.at(-1)?.known ?? NaN,
    lookedBackTo: samples.at(-1)?.lookedBackTo ?? NaN,
    lagSeconds: Number(probe.takeMost().toFixed(2)),
  })
  console.log(minute + 1, JSON.stringify(byMinute.at(-1)), list.added, list.removed, traffic.reported)
}
stopped.abort()
await running
await stopInOrder(matcher)
rmSync(folder, { recursive: true, force: true })
const load =
  capacity === undefined
    ? ''
    : ` (${Number(flags.load) * 100} % of the ${capacity} that this machine sustained just before, with the traffic and the broker on it)`
writeResult('churn', {
  what: `Memory of \`hashwarden match\` (2 threads) in MiB, mean of each minute, and the greatest age of a waiting report in it: ${flags.live} known hashes of which ${flags.changes} a second are added or removed, ${rate} reports a second${load}, looking back`,
  reportsPerSecond: rate,
  capacityPerSecond: capacity,
  added: list.added - before.added,
  removed: list.removed - before.removed,
  reports: traffic.reported - before.reports,
  byMinute,
})
