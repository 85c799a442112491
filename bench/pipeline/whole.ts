// The matcher as it is run, in processes of its own, on reports that wait.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMatcherProcess, type MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { KafkaLog } from '../../src/stream/kafka-log.ts'
import { checkHits, endOffsets } from './hits.ts'
import type { JobOf, Whole } from './jobs.ts'
import { digits, measurePace } from './pace.ts'
import { policyFile, settingsAt, type Site } from './site.ts'

const READY_POLL_MS = 20

export async function measureWhole(
  site: Site,
  { known, orientations, processes, threads, seconds }: Omit<JobOf<'whole'>, 'kind' | 'name'>,
): Promise<Whole> {
  const group = `whole-${randomUUID()}`
  const settings = settingsAt(site, known, { group, threads })
  const { topics } = settings
  await using parts = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-bench-'))
  parts.defer(() => rmSync(folder, { recursive: true, force: true }))
  const log = new KafkaLog(settings.kafka)
  parts.defer(() => log.close())
  const hitsFrom = await endOffsets(log, topics.hits)
  const policy = policyFile(folder, orientations)
  const matchers = await Promise.all(
    Array.from({ length: processes }, (_, n) =>
      startMatcherProcess(settings, join(folder, `${n}`), { policyFile: policy }),
    ),
  )
  parts.defer(async () => {
    await Promise.all(matchers.map((matcher) => matcher.stop()))
  })
  await Promise.all(matchers.map(untilReady))
  const pace = await measurePace({
    log,
    group,
    topic: topics.reports,
    reports: site.reports.count,
    seconds,
    pids: { matcher: matchers.map(({ pid }) => pid), broker: [site.brokerPid] },
  })
  const metrics = await Promise.all(matchers.map(({ url }) => readMetrics(url)))
  const total = (name: string): number => metrics.reduce((sum, of) => sum + (of.get(name) ?? 0), 0)
  const stages = ['decode', 'search', 'confirm', 'acknowledge', 'commit']
  await Promise.all(matchers.map((matcher) => stopInOrder(matcher)))
  return {
    ...pace,
    batch: Math.round(total('hashwarden_reports_total') / total('hashwarden_batch_seconds_count')),
    stageSeconds: Object.fromEntries(
      stages.map((stage) => [stage, digits(total(`hashwarden_stage_seconds_sum{stage="${stage}"}`))]),
    ),
    hits: await checkHits(log, topics, group, hitsFrom),
  }
}

/** Resolves when the process says that it does its work. */
export async function untilReady({ url, died }: MatcherProcess): Promise<void> {
  const failed = died.then((why) => Promise.reject(new Error(why)))
  const ready = async (): Promise<void> => {
    while (
      !(await fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await sleep(READY_POLL_MS)
  }
  await Promise.race([ready(), failed])
}

/** What is committed was matched and published, and nothing else was, only if it ends by itself. */
export async function stopInOrder(matcher: MatcherProcess): Promise<void> {
  await matcher.stop()
  const code = await matcher.exitCode
  if (code !== 0) throw new Error(`A matcher ended with ${code}; its log: ${matcher.logFile}`)
}

/** What /metrics says: the value of each series by its name and labels. */
export async function readMetrics(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await fetch(`${url}/metrics`).then((response) => response.text())
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const end = line.lastIndexOf(' ')
        return [line.slice(0, end), Number(line.slice(end + 1))]
      }),
  )
}
