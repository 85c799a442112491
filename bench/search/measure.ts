// Runs one job in this process.
import type { Matches } from '../../src/search/hamming-index.ts'
import { ENGINES, type Engine } from './engines.ts'
import {
  COMPARED_QUERIES,
  LONGEST_BATCH_SECONDS,
  QUERIES,
  type Asking,
  type Job,
  type JobResult,
  type NodeJob,
  type Row,
} from './jobs.ts'
import { countFound, type PlantedQueries } from './planted-queries.ts'
import { timeBatches } from './timing.ts'
import { readKnownSet, readQueries } from './value-files.ts'

const WORDS = 8

/** Builds the engine of a job over its set and measures it. `onRow` gets each row as soon as it is measured. */
export function measureJob(job: NodeJob, onRow: (row: Row) => void): JobResult {
  const values = readKnownSet(job.set, job.known)
  const started = performance.now()
  const engine = ENGINES[job.engine](values)
  const buildSeconds = (performance.now() - started) / 1000
  return { buildSeconds, ...measureEngine(engine, job, values, onRow) }
}

/** Measures an engine that holds the job's set, `values`. */
export function measureEngine(
  engine: Engine,
  job: Job,
  values: Uint32Array,
  onRow: (row: Row) => void,
): Pick<JobResult, 'rows' | 'counts'> {
  const rows: Row[] = []
  let compared: number[] = []
  for (const asking of job.askings) {
    const before = rows.findLast((row) => alike(row, asking))
    if (before && (before.meanMicros * asking.batch) / 1e6 > LONGEST_BATCH_SECONDS) continue
    const planted = readQueries(job.set, job.known, asking.radius, asking.orientations)
    const { row, counts } = measureAsking(engine, job, asking, values, planted)
    // All engines are compared in what they say to the plainest asking.
    if (alike(asking, job.askings[0]) && counts.length > compared.length) compared = counts
    rows.push(row)
    onRow(row)
  }
  return { rows, counts: compared }
}

/** But for the batch the same is asked. */
const alike = (a: Asking, b: Asking): boolean => a.radius === b.radius && a.orientations === b.orientations

function measureAsking(
  engine: Engine,
  { engine: name, set, known, seconds }: Job,
  asking: Asking,
  values: Uint32Array,
  planted: PlantedQueries,
): { row: Row; counts: number[] } {
  const { batch, radius, orientations, limit } = asking
  const query = {
    maxDistanceBits: radius,
    limit,
    ...(orientations > 1 ? { orientations: { mask: orientations, maxDistanceBits: radius } } : {}),
  }
  const recall = { planted: 0, found: 0 }
  const counts: number[] = []
  let asked = 0
  let matched = 0
  let visited = 0
  const search = (from: number, to: number): Matches =>
    engine.search(planted.words.subarray(from * WORDS, to * WORDS), query)
  const check = (matches: Matches, from: number): void => {
    countFound(recall, engine, matches, values, planted, from)
    asked += batch
    visited += engine.visited ?? 0
    for (const count of matches.counts) matched += count
    if (from !== counts.length || from >= COMPARED_QUERIES) return
    for (const count of matches.counts.subarray(0, COMPARED_QUERIES - from)) counts.push(count)
  }
  const { micros, meanMicros, leastMicros, queries } = timeBatches(batch, QUERIES, seconds, search, check)
  const row = {
    engine: name,
    set,
    known,
    ...asking,
    micros: digits(micros),
    meanMicros: digits(meanMicros),
    leastMicros: digits(leastMicros),
    queries,
    ...recall,
    matches: digits(matched / asked),
    ...(engine.visited === undefined ? {} : { visited: digits(visited / (asked * known)) }),
  }
  return { row, counts }
}

/** As many digits as say something. */
const digits = (value: number): number => Number(value.toPrecision(3))
