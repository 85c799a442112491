// What the search benchmark measures: one job is one engine on one known set, in a process of its own.
import type { SetName } from './known-sets.ts'

/** Asked in JavaScript: ours, in TypeScript and WebAssembly, and mnemonist. */
export type NodeEngineName = 'multi-index' | 'flat-simd' | 'bk-tree' | 'mnemonist-bk-tree'
/** Asked in Python (bench/peers/search.py). */
type PythonEngineName = 'faiss-flat' | 'faiss-flat-avx2' | 'faiss-multihash' | 'pdqindex'
export type EngineName = NodeEngineName | PythonEngineName

/** One way of asking. */
export interface Asking {
  /** Queries handed over at once. */
  readonly batch: number
  /** Greatest distance of a match, in bits. */
  readonly radius: number
  /** Bit o: match orientation o. */
  readonly orientations: number
  /** How many matches of each query are written out; none with 0, when they are only counted. Peers write all. */
  readonly limit: number
}

interface JobOf<Engine extends EngineName> {
  readonly name: string
  readonly engine: Engine
  readonly set: SetName
  /** Known values. */
  readonly known: number
  readonly askings: readonly Asking[]
  /** Seconds for one asking, if its least number of batches takes no longer. */
  readonly seconds: number
}

export type NodeJob = JobOf<NodeEngineName>
export type PythonJob = JobOf<PythonEngineName>
export type Job = NodeJob | PythonJob

/** One line of the results: what an asking cost. */
export interface Row extends Asking {
  readonly engine: EngineName
  readonly set: SetName
  readonly known: number
  /** Microseconds a query: the median of the batches. */
  readonly micros: number
  /** The mean: what counts where queries of one set cost very different things. */
  readonly meanMicros: number
  /** Of the quickest batch. */
  readonly leastMicros: number
  /** Queries timed. */
  readonly queries: number
  /** Of those, planted ones, and how many of these were found. */
  readonly planted: number
  readonly found: number
  /** Matches of a query, on average. */
  readonly matches: number
  /** Of a tree, the share of its nodes that a query was compared with. */
  readonly visited?: number
}

/** What a job's process hands back. */
export interface JobResult {
  readonly buildSeconds: number
  readonly rows: readonly Row[]
  /** How many matches each of the first queries of the first asking has: equal for all engines, or one is wrong. */
  readonly counts: readonly number[]
  /** Of Python's: versions and how faiss was compiled. */
  readonly versions?: Readonly<Record<string, string>>
}

/** Queries made for a set. */
export const QUERIES = 65_536
/** An answer is compared between engines for so many queries at most. */
export const COMPARED_QUERIES = 4096
/** No asking is measured on fewer queries. */
export const LEAST_QUERIES = 64
/** A batch that should take longer is left out: those smaller already show what a query costs. */
export const LONGEST_BATCH_SECONDS = 15

export const runsInPython = (job: Job): job is PythonJob =>
  job.engine.startsWith('faiss-') || job.engine === 'pdqindex'

export const isPeer = (job: Job): boolean => runsInPython(job) || job.engine === 'mnemonist-bk-tree'
