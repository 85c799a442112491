// Processes that hash files, and that are ended when a picture costs too much.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { HashedFile } from './file-hash.ts'
import { type BytePath, pathText } from './file-path.ts'
import { type FileHashes, withWarning } from './hash-file.ts'
import { HashingError, type Problem } from './hashing-error.ts'
import type { HashingLimits } from './limits.ts'

/** What a process is asked to do. */
export interface HashingOrder {
  readonly path: string
  readonly limits: HashingLimits
}

/** What it answers: of a picture first the digests. */
export type HashingAnswer =
  | { readonly failed: { readonly file: string; readonly problem: Problem } }
  | { readonly digested: HashedFile }
  | { readonly overMemoryMib: number }
  | { readonly done: FileHashes; readonly residentMib?: number }

const PROCESS = fileURLToPath(new URL('hashing-process.ts', import.meta.url))

/** A process that keeps a larger part of its limit between two pictures is replaced. */
const MOST_IDLE_MEMORY = 1 / 4

type Outcome = FileHashes | HashingError

interface Job {
  readonly path: BytePath
  readonly resolve: (outcome: Outcome) => void
}

/**
 * Hashes files in processes of their own, one at a time in each. A picture that takes too long or too much memory
 * ends its process, and so does one that breaks the decoder; it keeps its digests, and the other files are hashed on.
 */
export class HashingPool {
  readonly #limits: HashingLimits
  readonly #size: number
  readonly #waiting: Job[] = []
  readonly #processes = new Set<HashingProcess>()

  constructor(limits: HashingLimits, size: number) {
    this.#limits = limits
    this.#size = size
  }

  /** Files are taken in the order in which they come; a process is started when all others are at work. */
  hash(path: BytePath): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.#waiting.push({ path, resolve })
    this.#handOut()
    return promise
  }

  /** Ends all processes. Files that are waiting or under way get no answer. */
  close(): void {
    this.#waiting.length = 0
    for (const process of this.#processes) process.end()
    this.#processes.clear()
  }

  #handOut(): void {
    while (this.#waiting.length > 0) {
      const process = this.#freeProcess()
      if (!process) return
      const job = this.#waiting.shift()
      if (job) void this.#carryOut(process, job)
    }
  }

  #freeProcess(): HashingProcess | undefined {
    for (const process of this.#processes) {
      if (process.isSpent) this.#processes.delete(process)
      else if (!process.isBusy) return process
    }
    return this.#processes.size < this.#size ? this.#start() : undefined
  }

  #start(): HashingProcess {
    const process = new HashingProcess(this.#limits)
    this.#processes.add(process)
    return process
  }

  async #carryOut(process: HashingProcess, { path, resolve }: Job): Promise<void> {
    resolve(await process.hash(path))
    if (process.isSpent) {
      process.end()
      this.#processes.delete(process)
    }
    this.#handOut()
  }
}

/** One process. It is spent once it has ended, or has to. */
class HashingProcess {
  readonly #limits: HashingLimits
  readonly #child: ChildProcess
  #isSpent = false
  #job: RunningJob | undefined

  constructor(limits: HashingLimits) {
    this.#limits = limits
    // Without the arguments of a debugger or a test runner. Its standard error is ours, so that a bug shows.
    // And without the environment, where secrets may stand: a decoder reads hostile files.
    this.#child = fork(PROCESS, { execArgv: [], env: {}, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#child.on('message', (answer: HashingAnswer) => this.#take(answer))
    this.#child.on('exit', (code, signal) => this.#refuse(ended(signal ?? `exit code ${code}`)))
    this.#child.on('error', (error) => this.#refuse(ended(error.message)))
  }

  get isBusy(): boolean {
    return this.#job !== undefined
  }

  get isSpent(): boolean {
    return this.#isSpent
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }

  async hash(path: BytePath): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.#job = { path, resolve }
    this.#child.send({ path, limits: this.#limits } satisfies HashingOrder, (error) => {
      if (error) this.#refuse(ended(error.message))
    })
    const outcome = await promise
    clearTimeout(this.#job.timer)
    this.#job = undefined
    return outcome
  }

  #take(answer: HashingAnswer): void {
    const job = this.#job
    if (!job) return
    const { maxSeconds, maxMemoryMib } = this.#limits
    if ('failed' in answer) {
      job.resolve(new HashingError(answer.failed.file, answer.failed.problem))
    } else if ('digested' in answer) {
      job.digested = answer.digested
      job.timer = setTimeout(() => this.#refuse(tooSlow(maxSeconds)), maxSeconds * 1000)
    } else if ('overMemoryMib' in answer) {
      this.#refuse(tooMuchMemory(answer.overMemoryMib, maxMemoryMib))
    } else {
      this.#isSpent = (answer.residentMib ?? 0) > maxMemoryMib * MOST_IDLE_MEMORY
      job.resolve(answer.done)
    }
  }

  /** The file at hand keeps its digests, if they have come; the process is given up. */
  #refuse(problem: Problem): void {
    this.#isSpent = true
    const job = this.#job
    if (!job) return
    job.resolve(
      job.digested ? [withWarning(job.digested, problem)] : new HashingError(pathText(job.path), problem),
    )
  }
}

interface RunningJob extends Job {
  digested?: HashedFile
  timer?: NodeJS.Timeout
}

const tooSlow = (maxSeconds: number): Problem => ({
  code: 'too-slow',
  problem: `the picture was not decoded and hashed within ${maxSeconds} seconds`,
  remedy: 'hash a smaller copy of it, or raise the limit',
})

const tooMuchMemory = (mib: number, maxMemoryMib: number): Problem => ({
  code: 'too-much-memory',
  problem: `decoding the picture took ${mib} MiB of at most ${maxMemoryMib}`,
  remedy: 'hash a smaller copy of it, or raise the limit',
})

const ended = (how: string): Problem => ({
  code: 'decoder-ended',
  problem: `the process that decodes it ended (${how})`,
  remedy: 'convert it to JPEG or PNG elsewhere; it may be made to attack decoders',
})
