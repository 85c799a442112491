// The search benchmark: runs its jobs one after the other, keeps what each has said, and puts it together.
import { KeptResults } from '../kept-results.ts'
import { describeMachine, type Machine } from '../machine.ts'
import { peersPython } from '../peers/environment.ts'
import { sourcesDigest } from '../sources-digest.ts'
import { estimateSeconds } from './estimate.ts'
import { runsInPython, type Job, type JobResult, type Row } from './jobs.ts'
import { measureNodeJob } from './node-job.ts'
import { planJobs } from './plan.ts'
import { measurePythonJob } from './python-job.ts'
import { checkAgreement, checkRecall, describeRow, versionsOf, writeResults } from './results.ts'
import { CACHE } from './value-files.ts'

/** What decides a figure: ours, and the benchmark itself. */
const SOURCES = ['src/hash/', 'src/search/', 'bench/search/', 'bench/peers/']

export interface BenchmarkOptions {
  /** A minute or two at 100,000 and a million values, instead of everything; writes no results. */
  readonly quick?: boolean
  /** Measure faiss, PDQIndex and mnemonist too. Installs them into .cache/peers when they are missing. */
  readonly peers?: boolean
  /** Known values of the largest set; 30 million if not said. */
  readonly largest?: number
  /** Only the jobs whose name contains one of these. */
  readonly only?: readonly string[]
  /** Forget what an unfinished run has measured. */
  readonly fresh?: boolean
  /** Gets lines to show while it runs. */
  readonly say?: (line: string) => void
}

/** What bench/render makes tables and charts of. */
export interface BenchmarkResult {
  readonly machine: Machine
  /** Of the peers in Python: their versions, and how faiss was compiled. */
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
}

const minutes = (jobs: readonly Job[]): string =>
  `${Math.ceil(jobs.reduce((sum, job) => sum + estimateSeconds(job), 0) / 60)} min`

/**
 * Runs the benchmark; the whole one writes bench/results/search.json and search-peers.json when all of its jobs are
 * done. Each job's result is kept in .cache/bench until then. Throws if a planted value is missed or two engines
 * disagree on the number of matches.
 */
export async function runSearchBenchmark(options: BenchmarkOptions = {}): Promise<BenchmarkResult> {
  const { quick = false, peers = !quick, largest = Infinity, only, fresh = false, say = () => {} } = options
  const machine = describeMachine()
  const kept = new KeptResults<Job, JobResult>(
    new URL(quick ? 'quick/' : 'whole/', CACHE),
    machine,
    sourcesDigest(SOURCES),
  )
  // A quick run is over before it is worth resuming.
  if (fresh || quick) kept.forget()
  const all = planJobs({ quick, peers, largest, simd: machine.simd })
  const wanted = only ? all.filter(({ name }) => only.some((part) => name.includes(part))) : all
  const todo = wanted.filter((job) => !kept.read(job))
  const python = todo.some(runsInPython) ? peersPython(say) : ''
  say(`${machine.cpu}, ${machine.simd}, Node ${machine.node}: ${todo.length} jobs, about ${minutes(todo)}`)
  for (const [n, job] of todo.entries()) {
    say(`${job.name}  (${n + 1} of ${todo.length}; about ${minutes(todo.slice(n))} to go)`)
    const onRow = (row: Row): void => say(`  ${describeRow(row)}`)
    const result = runsInPython(job)
      ? await measurePythonJob(job, python, onRow)
      : await measureNodeJob(job, onRow)
    kept.write(job, result)
  }
  const results = all.flatMap((job) => {
    const result = kept.read(job)
    return result ? [{ job, result }] : []
  })
  checkRecall(results.flatMap(({ result }) => result.rows))
  const compared = checkAgreement(results)
  say(`Every planted value was found; ${compared} answers of other engines have as many matches as ours.`)
  if (!quick && results.length === all.length) {
    writeResults(results)
    kept.forget()
  } else if (!quick)
    say(`${all.length - results.length} jobs are left; nothing is written before they are done.`)
  return { machine, versions: versionsOf(results), rows: results.flatMap(({ result }) => result.rows) }
}
