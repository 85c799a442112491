// The matcher as it is run, in processes of its own, on reports that wait.
import { STAGES } from '../../src/telemetry/stages.ts'
import { deploy } from './deployment.ts'
import { checkHits } from './hits.ts'
import type { JobOf, Whole } from './jobs.ts'
import { readMetrics, stopInOrder, untilMember } from './matcher-state.ts'
import { digits, measurePace } from './pace.ts'
import type { Site } from './site.ts'

export async function measureWhole(
  site: Site,
  { known, orientations, processes, threads, seconds }: Omit<JobOf<'whole'>, 'kind' | 'name'>,
): Promise<Whole> {
  await using deployment = await deploy(site, { known, orientations, match: { threads } })
  const { log, settings } = deployment
  const matchers = await deployment.startMatchers(processes, untilMember)
  const pace = await measurePace({
    log,
    group: settings.match.group,
    topic: settings.topics.reports,
    reports: site.reports.count,
    seconds,
    pids: { matcher: matchers.map(({ pid }) => pid), broker: [site.brokerPid] },
  })
  const metrics = await Promise.all(matchers.map(({ url }) => readMetrics(url)))
  const total = (name: string): number => metrics.reduce((sum, of) => sum + (of.get(name) ?? 0), 0)
  await Promise.all(matchers.map(stopInOrder))
  return {
    ...pace,
    batch: Math.round(total('hashwarden_reports_total') / total('hashwarden_batch_seconds_count')),
    stageSeconds: Object.fromEntries(
      STAGES.map((stage) => [stage, digits(total(`hashwarden_stage_seconds_sum{stage="${stage}"}`))]),
    ),
    hits: await checkHits(log, settings),
  }
}
