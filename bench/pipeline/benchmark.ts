// The pipeline benchmark: brings up its broker, publishes the missing records, runs its jobs one after the other, keeps
// what each has said, and puts it together.
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { PACKED_CONTENT } from '../../src/known/packed/packed-known-set.ts'
import { KeptResults } from '../kept-results.ts'
import { describeMachine, writeResult } from '../machine.ts'
import { peersPython } from '../peers/environment.ts'
import { sourcesDigest } from '../sources-digest.ts'
import { startChild } from './child.ts'
import type { Preparation, Task } from './job-process.ts'
import type { Answer, Job } from './jobs.ts'
import { planJobs, reportsOf } from './plan.ts'
import type { Site } from './site.ts'

export interface PipelineOptions {
  /** Small sets and short times, to see that everything works; writes no results. */
  readonly quick: boolean
  readonly peers: boolean
  /** Only the jobs whose name contains one of these. */
  readonly only?: readonly string[] | undefined
  /** Forget what an unfinished run has measured. */
  readonly fresh: boolean
  readonly say: (line: string) => void
}

/** What decides a figure: ours, and the benchmark itself. */
const SOURCES = ['src/', 'bench/pipeline/', 'bench/peers/']
/** To be raised when what lies in the topics is made in another way. */
const EDITION = `1, ${PACKED_CONTENT}`
/** A snapshot is refused when it is 29 days old, and reports expire after 30. */
const KEPT_MS = 20 * 86_400_000

interface Prepared {
  readonly topic: string
  readonly atMs: number
}

export async function runPipelineBenchmark({
  quick,
  peers,
  only,
  fresh,
  say,
}: PipelineOptions): Promise<void> {
  const cache = new URL(`../../.cache/bench/pipeline${quick ? '-quick' : ''}/`, import.meta.url)
  const folder = fileURLToPath(cache)
  const machine = describeMachine()
  const kept = new KeptResults<Job, Answer>(new URL('jobs/', cache), machine, sourcesDigest(SOURCES))
  if (fresh || quick) kept.forget()
  const all = planJobs({ quick, peers })
  const wanted = only ? all.filter(({ name }) => only.some((part) => name.includes(part))) : all
  const todo = wanted.filter((job) => !kept.read(job))
  say(`${machine.cpu}, ${machine.simd}, Node ${machine.node}: ${todo.length} jobs`)

  const broker = await startJavaBroker({
    dataDir: `${folder}broker`,
    log: say,
    // Or it would rewrite millions of known hashes while something is measured.
    overrides: { 'log.cleaner.min.compaction.lag.ms': String(30 * 86_400_000) },
  })
  try {
    const bare = { folder, brokers: broker.brokers, brokerPid: broker.pid }
    const prepared = new KeptResults<Preparation, Prepared>(new URL('prepared/', cache), machine, EDITION)
    const prepare = async (what: Preparation, reports: Site['reports']): Promise<string> => {
      const there = prepared.read(what)
      if (there && Date.now() - there.atMs < KEPT_MS) return there.topic
      say(`Publishing ${what.name}…`)
      // Of another name than what a stopped run has left half done.
      const topic = `${what.name}-${randomUUID().slice(0, 8)}`
      const own = what.kind === 'reports' ? { ...reports, topic } : reports
      await run({ prepare: what, topic, site: { ...bare, reports: own } })
      prepared.write(what, { topic, atMs: Date.now() })
      return topic
    }
    const count = reportsOf({ quick, peers })
    const reports = {
      topic: await prepare({ kind: 'reports', name: `reports-${count}`, count }, { topic: '', count }),
      count,
    }
    const knownTopics: Record<string, string> = {}
    for (const known of [...new Set(todo.map((job) => job.known))].sort((a, b) => a - b)) {
      knownTopics[known] = await prepare({ kind: 'known', name: `known-${known}`, known }, reports)
    }
    const python = todo.some(({ kind }) => kind === 'peer') ? peersPython(say) : undefined
    const site: Site = { ...bare, reports, knownTopics, ...(python === undefined ? {} : { python }) }
    await runJobs(todo, site, kept, say)
  } finally {
    await broker.stop()
  }
  const results = all.flatMap((job) => {
    const answer = kept.read(job)
    return answer ? [{ job, answer }] : []
  })
  if (quick) return
  if (results.length < all.length) {
    say(`${all.length - results.length} jobs are left; nothing is written before they are done.`)
    return
  }
  writeResult('pipeline', { results })
  kept.forget()
}

async function runJobs(
  jobs: readonly Job[],
  site: Site,
  kept: KeptResults<Job, Answer>,
  say: (line: string) => void,
): Promise<void> {
  for (const [n, job] of jobs.entries()) {
    say(`${job.name}  (${n + 1} of ${jobs.length})`)
    const startedMs = performance.now()
    // job-process.ts answers so.
    const answer = (await run({ job, site })) as Answer
    say(`  ${JSON.stringify(answer)}  (${Math.round((performance.now() - startedMs) / 1000)} s)`)
    kept.write(job, answer)
  }
}

async function run(task: Task): Promise<unknown> {
  await using child = startChild('job-process.ts', JSON.stringify(task))
  return await child.answer()
}
