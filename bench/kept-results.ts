// Results of jobs on disk, so that a benchmark that was stopped goes on.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Machine } from './machine.ts'

/** A kept result of a job: with it a run that was stopped goes on where it was. */
interface Kept<Job, Result> {
  readonly machine: Machine
  /** See sources-digest.ts. */
  readonly sources: string
  readonly job: Job
  readonly result: Result
}

/** The machine without the day. */
const identity = (machine: Machine): string => JSON.stringify({ ...machine, date: '' })

/** The results of a run's jobs, a file each. */
export class KeptResults<Job extends { readonly name: string }, Result> {
  readonly #folder: URL
  readonly #machine: Machine
  readonly #sources: string

  /** `folder` ends with a slash. */
  constructor(folder: URL, machine: Machine, sources: string) {
    this.#folder = folder
    this.#sources = sources
    this.#machine = machine
  }

  /** What the job said, if it was asked the same on this machine, of the same sources. */
  read(job: Job): Result | undefined {
    const file = this.#file(job)
    if (!existsSync(file)) return undefined
    // Written by `write` below.
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept<Job, Result>
    if (kept.sources !== this.#sources) return undefined
    if (identity(kept.machine) !== identity(this.#machine)) return undefined
    return JSON.stringify(kept.job) === JSON.stringify(job) ? kept.result : undefined
  }

  write(job: Job, result: Result): void {
    mkdirSync(this.#folder, { recursive: true })
    const kept: Kept<Job, Result> = { machine: this.#machine, sources: this.#sources, job, result }
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
