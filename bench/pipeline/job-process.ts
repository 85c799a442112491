// One job in a process of its own: node bench/pipeline/job-process.ts TASK (as JSON). Sends its answer to the parent.
import type { AnswerOf, Job, JobOf, Kind } from './jobs.ts'
import { measureLatency } from './latency.ts'
import { measureParts } from './parts.ts'
import { measurePeer } from './peer.ts'
import { publishKnown, publishReports } from './publish.ts'
import { measureRetro } from './retro.ts'
import type { Site } from './site.ts'
import { measureStart } from './start.ts'
import { measureVisible } from './visible.ts'
import { measureWhole } from './whole.ts'

/** What must be there before anything is measured: a topic, and of known hashes their snapshot. */
export type Preparation =
  | { readonly kind: 'reports'; readonly name: string; readonly count: number }
  | { readonly kind: 'known'; readonly name: string; readonly known: number }

export type Task =
  | { readonly prepare: Preparation; readonly topic: string; readonly site: Omit<Site, 'knownTopics'> }
  | { readonly job: Job; readonly site: Site }

const MEASURES: { readonly [K in Kind]: (site: Site, job: JobOf<K>) => Promise<AnswerOf<K>> } = {
  parts: measureParts,
  whole: measureWhole,
  latency: measureLatency,
  visible: measureVisible,
  start: measureStart,
  peer: measurePeer,
  retro: measureRetro,
}

const measure = <K extends Kind>(site: Site, job: JobOf<K>): Promise<AnswerOf<K>> =>
  MEASURES[job.kind](site, job)

if (import.meta.main) {
  // The benchmark that asked is gone; the processes started here end with this one.
  process.once('disconnect', () => process.exit())
  // benchmark.ts writes it.
  const task = JSON.parse(process.argv[2]) as Task
  if ('job' in task) process.send?.(await measure(task.site, task.job))
  else {
    const { prepare, topic, site } = task
    if (prepare.kind === 'reports') await publishReports(site)
    else await publishKnown(site, topic, prepare.known)
    process.send?.('prepared')
  }
  process.disconnect()
}
