// node test/alerts/record.ts [fault or alert…]
// Provokes faults for real, each in a whole system of its own (broker, PostgreSQL, two matchers, a review service), and
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
const SETTLED_MS = 25_000
const QUIET_LOOKS = 12
/** A process that doesn't answer for this long, in milliseconds, is gone for this look. */
const ANSWER_MS = 1_000
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

async function look(targets: Product['targets'], startedMs: number): Promise<Look> {
  const hosts = Object.values(targets).flat()
  const pages = await Promise.all(
    Object.keys(JOBS).map(async (instance, n): Promise<[string, ReadonlyMap<string, number>]> => {
      const signal = AbortSignal.timeout(ANSWER_MS)
      const page = await fetch(`http://${hosts[n]}/metrics`, { signal })
        .then((response) => response.text())
        .catch(() => undefined)
      return [instance, page === undefined ? new Map([['up', 0]]) : keptOf(page, startedMs)]
    }),
  )
  return new Map(pages)
}

/** The kept series of a page of metrics. Times are told from the recording's beginning. */
function keptOf(page: string, startedMs: number): ReadonlyMap<string, number> {
  const kept = new Map([['up', 1]])
  for (const [, series, name, value] of page.matchAll(/^((\w+)(?:\{[^\n]*\})?) (\S+)$/gm)) {
    if (!KEPT.has(name)) continue
    const bucket = BUCKETS[name]
    if (bucket !== undefined && !series.includes(bucket)) continue
    const shifted = name === 'process_start_time_seconds' ? Number(value) - startedMs / 1_000 : Number(value)
    kept.set(series, Math.round(shifted * 10) / 10)
  }
  return kept
}

/** Looks again and again, each a whole interval after the last; traffic comes right after each. */
async function record(product: Product, looks: number, traffic: boolean, startedMs: number): Promise<Look[]> {
  const seen: Look[] = []
  for (let n = 0; n < looks; n++) {
    const dueMs = Date.now() + EVERY_SECONDS * 1_000
    seen.push(await look(product.targets, startedMs))
    // While the broker is away nobody can submit, and nothing may wait for that.
    if (traffic) await Promise.race([product.submit().catch(() => {}), sleep(ANSWER_MS)])
    await sleep(Math.max(0, dueMs - Date.now()))
  }
  return seen
}

function recordingOf(looks: readonly Look[]): Recording {
  const names = new Set(looks.flatMap((one) => [...one.values()].flatMap((series) => [...series.keys()])))
  const series: Record<string, string | Record<string, string>> = {}
  for (const name of [...names].toSorted()) {
    const each = Object.keys(JOBS)
      .map((instance) => ({ instance, values: looks.map((one) => one.get(instance)?.get(name)) }))
      .filter(({ values }) => values.some((value) => value !== undefined))
      .map(({ instance, values }): [string, string] => [instance, encodeValues(values)])
    const [[, first]] = each
    const isOfAll = each.length === Object.keys(JOBS).length && each.every(([, values]) => values === first)
    series[name] = isOfAll ? first : Object.fromEntries(each)
  }
  return { commit: commitOfSources(['src']), everySeconds: EVERY_SECONDS, before: QUIET_LOOKS, series }
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
    await record(product, SETTLED_MS / 1_000 / EVERY_SECONDS, true, Date.now())
    const startedMs = Date.now()
    const quiet = await record(product, QUIET_LOOKS, true, startedMs)
    await strike(product, files, ends.signal)
    const after = await record(product, seconds / EVERY_SECONDS, !endsTraffic, startedMs)
    const file = new URL(`recorded/${name}.json`, import.meta.url)
    writeFileSync(file, `${JSON.stringify(recordingOf([...quiet, ...after]), undefined, 1)}\n`)
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
  const alerts = Object.values(firing).flat()
  if (
    asked.length === 0 ||
    asked.some((word) => word === name || alerts.includes(word.replace('Hashwarden', '')))
  )
    await provoke(name)
}
