// The search benchmark: runs its jobs one after the other, keeps what each has said, and puts it together.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { describeMachine, writeResult, type Machine } from '../machine.ts'
import { peersPython } from '../peers/environment.ts'
import { estimateSeconds } from './estimate.ts'
import { isPeer, runsInPython, type Job, type JobResult, type Row } from './jobs.ts'
import { measureNodeJob } from './node-job.ts'
import { planJobs } from './plan.ts'
import { measurePythonJob } from './python-job.ts'
import { CACHE } from './value-files.ts'

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

export interface BenchmarkResult {
  readonly machine: Machine
  readonly rows: readonly Row[]
}

/** What is kept of a job: so a run that was stopped goes on where it was. */
interface Kept {
  readonly machine: Machine
  readonly job: Job
  readonly result: JobResult
}

/**
 * Runs the benchmark; the whole one writes bench/results/search.json and search-peers.json when all of its jobs are
 * done. Each job's result is kept in .cache/bench until then. Throws if a planted value is missed or two engines
 * disagree on the number of matches.
 */
export async function runSearchBenchmark(options: BenchmarkOptions = {}): Promise<BenchmarkResult> {
  const { quick = false, peers = !quick, largest = Infinity, only, fresh = false, say = () => {} } = options
  const machine = describeMachine()
  const kept = new KeptResults(quick ? 'quick' : 'whole', machine)
  // A quick run is over before it is worth resuming.
  if (fresh || quick) kept.forget()
  const all = planJobs({ quick, peers, largest })
  const wanted = only ? all.filter(({ name }) => only.some((part) => name.includes(part))) : all
  const todo = wanted.filter((job) => !kept.read(job))
  const python = todo.some(({ engine }) => runsInPython(engine)) ? peersPython(say) : ''
  const minutes = (jobs: readonly Job[]): string =>
    `${Math.ceil(jobs.reduce((sum, job) => sum + estimateSeconds(job), 0) / 60)} min`
  say(`${machine.cpu}, ${machine.simd}, Node ${machine.node}: ${todo.length} jobs, about ${minutes(todo)}`)
  for (const [n, job] of todo.entries()) {
    say(`${job.name}  (${n + 1} of ${todo.length}; about ${minutes(todo.slice(n))} to go)`)
    const onRow = (row: Row): void => say(`  ${describeRow(row)}`)
    const result = runsInPython(job.engine)
      ? await measurePythonJob(job, python, onRow)
      : await measureNodeJob(job, onRow)
    kept.write(job, result)
  }
  const results = all.flatMap((job) => {
    const result = kept.read(job)
    return result ? [{ job, result }] : []
  })
  checkRecall(results.flatMap(({ result }) => result.rows))
  checkAgreement(results, say)
  if (!quick && results.length === all.length) {
    writeResults(results)
    kept.forget()
  } else if (!quick) say(`${all.length - results.length} jobs are left; nothing is written before they are done.`)
  return { machine, rows: results.flatMap(({ result }) => result.rows) }
}

type Done = { readonly job: Job; readonly result: JobResult }

function checkRecall(rows: readonly Row[]): void {
  for (const { engine, set, known, batch, found, planted } of rows) {
    if (found === planted) continue
    throw new Error(
      `${engine} found ${found} of ${planted} planted values (${set}, ${known}, batch ${batch}).`,
    )
  }
}

/** Counts of matches, query by query, are the multi-index's on the same set. */
function checkAgreement(results: readonly Done[], say: (line: string) => void): void {
  let compared = 0
  for (const { job, result } of results) {
    const ours = results.find(
      ({ job: { engine, set, known } }) =>
        engine === 'multi-index' && set === job.set && known === job.known,
    )?.result.counts
    if (!ours || ours === result.counts) continue
    const length = Math.min(ours.length, result.counts.length)
    const place = result.counts.findIndex((count, query) => query < length && count !== ours[query])
    if (place >= 0) {
      throw new Error(
        `${job.name}: query ${place} has ${result.counts[place]} matches, of the multi-index ${ours[place]}.`,
      )
    }
    compared += length
  }
  say(`Every planted value was found; ${compared} answers of other engines have as many matches as ours.`)
}

function writeResults(results: readonly Done[]): void {
  for (const peers of [false, true]) {
    const own = results.filter(({ job }) => isPeer(job.engine) === peers)
    if (own.length === 0) continue
    const versions = Object.assign({}, ...own.map(({ result }) => result.versions ?? {}))
    const builds = own.map(({ job: { engine, set, known }, result }) => ({
      engine,
      set,
      known,
      seconds: Number(result.buildSeconds.toPrecision(3)),
      comparedQueries: result.counts.length,
    }))
    const rows = own.flatMap(({ result }) => result.rows)
    writeResult(peers ? 'search-peers' : 'search', { ...(peers ? { versions } : {}), builds, rows })
  }
}

function describeRow({ batch, radius, orientations, limit, micros, leastMicros, visited }: Row): string {
  const how = `batch ${batch}, radius ${radius}, orientations ${orientations.toString(2)}, limit ${limit}`
  const tree = visited === undefined ? '' : `, visiting ${(visited * 100).toPrecision(3)} %`
  return `${how}: ${micros} µs a query (least ${leastMicros})${tree}`
}

class KeptResults {
  readonly #folder: URL
  readonly #machine: Machine

  constructor(run: string, machine: Machine) {
    this.#folder = new URL(`${run}/`, CACHE)
    this.#machine = machine
  }

  /** What the job said, if it was asked the same on this machine. */
  read(job: Job): JobResult | undefined {
    const file = this.#file(job)
    if (!existsSync(file)) return undefined
    // Written by `write` below.
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept
    const same = (one: Machine): string => JSON.stringify({ ...one, date: '' })
    if (same(kept.machine) !== same(this.#machine)) return undefined
    return JSON.stringify(kept.job) === JSON.stringify(job) ? kept.result : undefined
  }

  write(job: Job, result: JobResult): void {
    mkdirSync(this.#folder, { recursive: true })
    const kept: Kept = { machine: this.#machine, job, result }
    // A file that bears its name is whole.
    const partial = new URL(`${job.name}.partial`, this.#folder)
    writeFileSync(partial, JSON.stringify(kept))
    renameSync(partial, this.#file(job))
  }

  forget(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #file(job: Job): URL {
    return new URL(`${job.name}.json`, this.#folder)
  }
}
