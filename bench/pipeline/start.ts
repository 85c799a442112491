// From a process's start to its being ready, with the known hashes of a snapshot; and its memory.
import { median } from '../median.ts'
import { startChild } from './child.ts'
import { deploy } from './deployment.ts'
import type { JobOf, Start } from './jobs.ts'
import { sendLoad } from './latency.ts'
import { stopInOrder, untilReady } from './matcher-state.ts'
import { digits } from './pace.ts'
import { residentMiB } from './process-figures.ts'
import type { Site } from './site.ts'

export async function measureStart(site: Site, job: JobOf<'start'>): Promise<Start> {
  const { known, threads, starts, trafficPerSecond, trafficSeconds } = job
  await using deployment = await deploy(site, { known, match: { threads }, live: true })
  const readySeconds: number[] = []
  const start = async () => {
    const startedMs = performance.now()
    const matcher = await deployment.startMatcher()
    await untilReady(matcher)
    readySeconds.push(digits((performance.now() - startedMs) / 1000, 3))
    return matcher
  }
  for (let n = 1; n < starts; n++) await stopInOrder(await start())
  const matcher = await start()
  const readyMiB = residentMiB(matcher.pid)
  await using load = startChild('load.ts', site.brokers, deployment.settings.topics.reports)
  await load.answer()
  const ask = { name: 'traffic', perSecond: trafficPerSecond, seconds: trafficSeconds }
  const { reports } = await sendLoad(load, ask)
  const afterTrafficMiB = residentMiB(matcher.pid)
  await stopInOrder(matcher)
  const medianReadySeconds = median([...readySeconds])
  return { readySeconds, medianReadySeconds, readyMiB, afterTrafficMiB, trafficReports: reports }
}
