// From a report to its hit, under open-loop traffic of a share of the rate that the same matcher reaches on reports that
// wait.
import { startChild, type Child } from './child.ts'
import { deploy } from './deployment.ts'
import { HitReader } from './hit-reader.ts'
import type { JobOf, Latency } from './jobs.ts'
import { HIT_ONE_IN_LOAD, type LoadAnswer, type LoadAsk } from './load-calls.ts'
import { percentilesOf } from './percentiles.ts'
import type { Site } from './site.ts'
import { measureWhole } from './whole.ts'

/** A matcher that can't keep up may be so far behind. */
const PATIENCE_MS = 120_000

export async function measureLatency(site: Site, job: JobOf<'latency'>): Promise<Latency> {
  const { known, orientations, processes, threads, shares, trafficSeconds, warmUpSeconds } = job
  const { perSecond: reached } = await measureWhole(site, job)
  await using deployment = await deploy(site, { known, orientations, match: { threads }, live: true })
  const { log, settings } = deployment
  await deployment.startMatchers(processes)
  await using load = startChild('load.ts', site.brokers, settings.topics.reports)
  await load.answer()
  const reader = await HitReader.start(log, settings.topics.hits)
  const loads: Latency['loads'][number][] = []
  for (const share of shares) {
    const perSecond = Math.round(reached * share)
    const name = `load-${share}`
    const sent = await sendLoad(load, { name, perSecond, seconds: warmUpSeconds + trafficSeconds })
    const from = Math.ceil((perSecond * warmUpSeconds) / HIT_ONE_IN_LOAD) * HIT_ONE_IN_LOAD
    const ids = Array.from({ length: sent.hits }, (_, n) => n * HIT_ONE_IN_LOAD)
    const areAllThere = await reader.until((read) => ids.every((n) => read.has(`${name}-${n}`)), PATIENCE_MS)
    if (!areAllThere) throw new Error(`Not all of ${sent.hits} hits came at ${perSecond} reports a second.`)
    const ms = ids
      .filter((n) => n >= from)
      .map((n) => (reader.readAtMs.get(`${name}-${n}`) ?? NaN) - (sent.startMs + (n * 1000) / perSecond))
    loads.push({ share, perSecond, hits: ms.length, ms: percentilesOf(ms), sentLateMs: sent.sentLateMs })
  }
  await reader.stop()
  return { reachedPerSecond: reached, loads }
}

/** load.ts answers so. */
export const sendLoad = async (load: Child, ask: LoadAsk): Promise<LoadAnswer> =>
  (await load.ask(ask)) as LoadAnswer
