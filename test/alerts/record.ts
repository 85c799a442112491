// node test/alerts/record.ts [fault or alert…]
// Provokes faults for real, each in a whole system of its own (broker, PostgreSQL, two matchers, a review service, a daemon of lists), and
// keeps the series that the alerts ask for in test/alerts/recorded/. It takes two to four minutes a fault. What each
// process says of itself and of the fault at its end goes to standard output.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ALERTS, askedBy, RULES } from '../deploy/known-metrics.ts'
import { commitOfSources } from '../faults/sources-commit.ts'
import { diagnose } from './diagnose.ts'
import { FAULTS, FAULT_ENTRIES, type FaultName } from './faults.ts'
import { startProduct, type Product } from './product.ts'
import { PROVOCATIONS } from './provocations.ts'
import { startPrometheus } from './prometheus.ts'
import { encodeValues, JOBS, type Recording } from './recording.ts'

const EVERY_SECONDS = 3
/** All that starts has started: members have joined, canaries come through. */
const SETTLED_LOOKS = 6
const QUIET_LOOKS = 12
const QUIET_WITHIN_LOOKS = 80
/** A process that doesn't answer for this long, in milliseconds, is gone for this look. */
const ANSWER_MS = 2_500
/** The default, which the rules' thresholds suit. */
const CANARY_SECONDS = 10

/** What the rules ask for, `up` aside, which a scrape itself tells. */
const KEPT = new Set(RULES.flatMap(({ expr }) => askedBy(expr).metrics))
/** The buckets that they ask for. */
const BUCKETS: Readonly<Record<string, string>> = {
  hashwarden_canary_seconds_bucket: 'le="1"',
  hashwarden_report_to_hit_seconds_bucket: 'le="10"',
}

/** Each process's series at one moment. */
type Look = ReadonlyMap<string, ReadonlyMap<string, number>>

async function look(targets: Product['targets']): Promise<Look> {
  const hosts = Object.values(targets).flat()
  const pages = await Promise.all(
    Object.keys(JOBS).map(async (instance, n): Promise<[string, ReadonlyMap<string, number>]> => {
      const signal = AbortSignal.timeout(ANSWER_MS)
      const page = await fetch(`http://${hosts[n]}/metrics`, { signal })
        .then((response) => response.text())
        .catch(() => undefined)
      return [instance, page === undefined ? new Map([['up', 0]]) : keptOf(page)]
    }),
  )
  return new Map(pages)
}

/** The kept series of a page of metrics. */
function keptOf(page: string): ReadonlyMap<string, number> {
  const kept = new Map([['up', 1]])
  for (const [, series, name, value] of page.matchAll(/^((\w+)(?:\{[^\n]*\})?) (\S+)$/gm)) {
    if (!KEPT.has(name)) continue
    const bucket = BUCKETS[name]
    if (bucket !== undefined && !series.includes(bucket)) continue
    kept.set(series, Number(value))
  }
  return kept
}

/** Looks again and again, each a whole interval after the last; traffic comes right after each. */
async function record(product: Product, looks: number, traffic: boolean): Promise<Look[]> {
  const seen: Look[] = []
  for (let n = 0; n < looks; n++) {
    const dueMs = Date.now() + EVERY_SECONDS * 1_000
    seen.push(await look(product.targets))
    // While the broker is away nobody can submit, and nothing may wait for that.
    if (traffic) await Promise.race([product.submit().catch(() => {}), sleep(ANSWER_MS)])
    await sleep(Math.max(0, dueMs - Date.now()))
  }
  return seen
}

/** Waits until everything has been well for as long as is kept, and gives those looks. */
async function recordQuiet(product: Product): Promise<readonly Look[]> {
  await record(product, SETTLED_LOOKS, true)
  let looks: readonly Look[] = []
  for (let n = 0; n < QUIET_LOOKS || !isQuiet(looks); n++) {
    if (n > QUIET_WITHIN_LOOKS) throw new Error('The system is not quiet: is the machine too busy?')
    looks = [...looks, ...(await record(product, 1, true))].slice(-QUIET_LOOKS)
  }
  return looks
}

/** All were ready, each canary was found in time, no member has joined, and all matchers follow the list alike. */
function isQuiet(looks: readonly Look[]): boolean {
  const grown = (instance: string, series: string): number =>
    (looks.at(-1)?.get(instance)?.get(series) ?? NaN) - (looks.at(0)?.get(instance)?.get(series) ?? NaN)
  const matchers = ['one', 'two']
  const followed = matchers.map((instance) => grown(instance, 'hashwarden_known_offset'))
  return (
    looks.every((one) => [...one.values()].every((series) => series.get('hashwarden_ready') === 1)) &&
    followed.every((records) => records === followed[0]) &&
    matchers.every(
      (instance) =>
        grown(instance, 'hashwarden_group_joins_total') === 0 &&
        grown(instance, 'hashwarden_canaries_due_total') ===
          grown(instance, 'hashwarden_canary_seconds_bucket{le="1"}'),
    )
  )
}

/** Times are told from the recording's beginning. */
function recordingOf(looks: readonly Look[], beganSeconds: number): Recording {
  const told = (name: string, value: number | undefined): number | undefined =>
    value === undefined
      ? undefined
      : Math.round((name === 'process_start_time_seconds' ? value - beganSeconds : value) * 10) / 10
  const names = new Set(looks.flatMap((one) => [...one.values()].flatMap((series) => [...series.keys()])))
  const series: Record<string, string | Record<string, string>> = {}
  for (const name of [...names].toSorted()) {
    const each = Object.keys(JOBS)
      .map((instance) => ({ instance, values: looks.map((one) => told(name, one.get(instance)?.get(name))) }))
      .filter(({ values }) => values.some((value) => value !== undefined))
      .map(({ instance, values }): [string, string] => [instance, encodeValues(values)])
    const [[, first]] = each
    const isOfAll = each.length === Object.keys(JOBS).length && each.every(([, values]) => values === first)
    series[name] = isOfAll ? first : Object.fromEntries(each)
  }
  return {
    commit: commitOfSources(['src']),
    everySeconds: EVERY_SECONDS,
    before: QUIET_LOOKS,
    processes: Object.keys(JOBS),
    series,
  }
}

async function provoke(name: FaultName): Promise<void> {
  const { seconds, how } = FAULTS[name]
  const { launch, strike, endsTraffic = false } = PROVOCATIONS[name]
  console.log(`\n${name}: ${how}`)
  const files = mkdtempSync(join(tmpdir(), 'hashwarden-fault-'))
  const ends = new AbortController()
  try {
    await using product = await startProduct({ canarySeconds: CANARY_SECONDS, launch: launch?.(files) })
    await using prometheus = await startPrometheus(product.folder, product.targets)
    const quiet = await recordQuiet(product)
    const beganSeconds = Date.now() / 1_000 - QUIET_LOOKS * EVERY_SECONDS
    await strike(product, files, ends.signal)
    const after = await record(product, seconds / EVERY_SECONDS, !endsTraffic)
    const file = new URL(`recorded/${name}.json`, import.meta.url)
    writeFileSync(file, `${JSON.stringify(recordingOf([...quiet, ...after], beganSeconds), undefined, 1)}\n`)
    await diagnose(name, product, prometheus)
    ends.abort()
  } finally {
    ends.abort()
    rmSync(files, { recursive: true, force: true })
  }
}

mkdirSync(new URL('recorded/', import.meta.url), { recursive: true })
const asked = process.argv.slice(2)
const known = new Set([...FAULT_ENTRIES.map(([name]) => name), ...ALERTS.map(({ alert }) => alert)])
for (const word of asked)
  if (!known.has(word))
    throw new Error(`There is no fault or alert ${word}. Faults: ${Object.keys(FAULTS).join(', ')}`)
for (const [name, { firing }] of FAULT_ENTRIES) {
  const alerts = new Set(Object.values(firing).flat())
  if (asked.length === 0 || asked.some((word) => word === name || alerts.has(word.replace('Hashwarden', ''))))
    await provoke(name)
}
