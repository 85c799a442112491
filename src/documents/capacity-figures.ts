// src/capacity/measured.ts: what the capacity calculator reckons with, picked from bench/results. A figure is never typed.
// `npm run documents` runs this file first, because the tables of deploy/capacity.md are reckoned with what it writes.
import { readFileSync, writeFileSync } from 'node:fs'
import { MOST_POSTING_BYTES } from '../known/packed/posting-heap.ts'
import type { Measured, MeasuredCost } from '../capacity/measured.ts'

const MIB = 2 ** 20
/** Every benchmark writes it with its figures (bench/machine.ts). */
interface Machine {
  readonly cpu: string
  readonly simd: string
  readonly cores: number
  readonly node: string
  readonly date: string
}

/** Figures, with the machine that they were measured on. */
type On<T> = T & { readonly machine: Machine }

/** What a benchmark wrote. Its reader names the shape; `test/capacity` checks the figures. */
function result(name: string): unknown {
  const file = new URL(`../../bench/results/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8'))
}

const on = ({ cpu, simd, cores, node, date }: Machine): string =>
  [cpu, simd, `${cores} cores`, `Node ${node}`, date].join(', ')

const rounded = (figure: number, digits = 4): number => Number(figure.toPrecision(digits))

interface PipelineRow {
  readonly job: {
    readonly kind: string
    readonly known: number
    readonly orientations: number
    readonly processes: number
    readonly threads: number
  }
  // By kind of job.
  readonly answer: {
    readonly perSecond: number
    readonly reports: number
    readonly hits: number
    readonly rounds: readonly { readonly passThrough: { readonly micros: number } }[]
    readonly medianReadySeconds: number
    readonly readyMiB: { readonly now: number }
    readonly afterTrafficMiB: { readonly peak: number }
  }
}

/** What was measured, as the calculator takes it. */
export function measuredFigures(): Measured {
  // Written by bench/pipeline/benchmark.ts.
  const pipeline = result('pipeline') as On<{ results: readonly PipelineRow[] }>
  // Written by bench/search/known-set.ts.
  const known = result('known-set') as On<{
    sourceIdBytes: number
    bytesPerValue: { resident: number; postings: number }
    microsPerApply: number
  }>
  const started = pipeline.results.find(({ job }) => job.kind === 'start')
  if (started === undefined) throw new Error('bench/results/pipeline.json has no start: run `npm run bench`')
  const { threads } = started.job
  const baseBytes = started.answer.readyMiB.now * MIB - started.job.known * known.bytesPerValue.resident
  const saved = snapshotFigures()
  return {
    pipeline: pipelineFigures(pipeline, threads),
    search: searchFigures(),
    knownSet: {
      machine: on(known.machine),
      idBytes: known.sourceIdBytes,
      bytesPerHash: known.bytesPerValue.resident,
      postingBytes: known.bytesPerValue.postings,
      postingsLimitBytes: MOST_POSTING_BYTES,
      microsPerApply: known.microsPerApply,
    },
    memory: memoryFigures(
      baseBytes,
      started.answer.afterTrafficMiB.peak - started.answer.readyMiB.now,
      threads,
    ),
    snapshot: saved,
    start: {
      machine: on(pipeline.machine),
      known: started.job.known,
      baseSeconds: rounded(
        started.answer.medianReadySeconds - started.job.known * saved.loadSecondsPerHash,
        3,
      ),
    },
    records: recordFigures(),
    review: reviewFigures(),
  }
}

function pipelineFigures(
  { machine, results }: { readonly machine: Machine; readonly results: readonly PipelineRow[] },
  threads: number,
): Measured['pipeline'] {
  const whole = results.filter(
    ({ job }) => job.kind === 'whole' && job.processes === 1 && job.threads === threads,
  )
  const pointsOf = (orientations: number): readonly MeasuredCost[] =>
    whole
      .filter(({ job }) => job.orientations === orientations)
      .map(({ job, answer }) => ({
        known: job.known,
        micros: rounded((machine.cores * 1e6) / answer.perSecond),
      }))
      .sort((one, other) => one.known - other.known)
  const reads = results.flatMap(({ job, answer }) =>
    job.kind === 'parts' ? answer.rounds.map(({ passThrough }) => passThrough.micros) : [],
  )
  return {
    machine: on(machine),
    cores: machine.cores,
    threads,
    hitShare: rounded(Math.min(...whole.map(({ answer }) => answer.hits / answer.reports)), 1),
    readMicros: Math.max(...reads),
    points: { 1: pointsOf(1), 8: pointsOf(8) },
  }
}

/** How search alone goes on beyond the largest whole matcher: between its two largest sets. */
function searchFigures(): Measured['search'] {
  interface Row {
    readonly engine: string
    readonly set: string
    readonly batch: number
    readonly orientations: number
    readonly radius: number
    readonly known: number
    readonly micros: number
  }
  // Written by bench/search/benchmark.ts.
  const { rows } = result('search') as On<{ rows: readonly Row[] }>
  const plain = rows
    .filter(
      ({ engine, set, batch, orientations, radius }) =>
        engine === 'multi-index' &&
        set === 'uniform' &&
        batch === 1024 &&
        orientations === 1 &&
        radius === 31,
    )
    .sort((one, other) => other.known - one.known)
  const [most, before] = plain
  const exponent = Math.log(most.micros / before.micros) / Math.log(most.known / before.known)
  return { mostKnown: most.known, exponent: rounded(exponent, 2) }
}

/** The greater of what traffic and what a backlog took of memory, beyond the set, for each thread. */
function memoryFigures(baseBytes: number, trafficMiB: number, threads: number): Measured['memory'] {
  // Written by bench/pipeline/backlog.ts.
  const backlog = result('backlog') as On<{ what: string; rows: readonly { greatestMiB: number }[] }>
  const ofBacklog = Number(/with (\d+) threads/.exec(backlog.what)?.[1])
  const greatest = Math.max(...backlog.rows.map(({ greatestMiB }) => greatestMiB)) * MIB
  return {
    machine: on(backlog.machine),
    baseBytes: Math.round(baseBytes),
    bytesPerThread: Math.round(Math.max((trafficMiB * MIB) / threads, (greatest - baseBytes) / ofBacklog)),
  }
}

function snapshotFigures(): Measured['snapshot'] {
  interface Kind {
    readonly write: { readonly bytes: number }
    readonly load: { readonly seconds: number }
  }
  // Written by bench/search/snapshot.ts.
  const { machine, sourceIdBytes, entries, plain, encrypted } = result('snapshot') as On<{
    sourceIdBytes: number
    entries: number
    plain: Kind
    encrypted: Kind
  }>
  return {
    machine: on(machine),
    idBytes: sourceIdBytes,
    entries,
    bytesPerHash: rounded(encrypted.write.bytes / entries),
    loadSecondsPerHash: rounded(Math.max(plain.load.seconds, encrypted.load.seconds) / entries),
  }
}

function recordFigures(): Measured['records'] {
  interface Sizes {
    readonly plain: number
    readonly zstd: number
  }
  // Written by bench/pipeline/record-sizes.ts.
  const { machine, bytes } = result('record-sizes') as On<{ bytes: { report: Sizes; knownHash: Sizes } }>
  return {
    machine: on(machine),
    reportBytes: bytes.report.zstd,
    reportPlainBytes: bytes.report.plain,
    knownHashBytes: bytes.knownHash.zstd,
  }
}

function reviewFigures(): Measured['review'] {
  // Written by bench/review/intake.ts.
  const intake = result('review-intake') as On<{ hits: number; bytesOfAHit: number; hitsASecond: number }>
  // Written by bench/review/intake.ts.
  const size = result('review-size') as On<{ databaseBytesOfAHit: number }>
  return {
    machine: on(intake.machine),
    sizeMachine: on(size.machine),
    hits: intake.hits,
    hitBytes: intake.bytesOfAHit,
    hitsPerSecond: intake.hitsASecond,
    databaseBytesPerHit: size.databaseBytesOfAHit,
  }
}

/** The text of src/capacity/measured.ts with the figures put in; its types stay as they are. */
export const withMeasuredFigures = (text: string): string =>
  text.replace(
    /^(export const MEASURED: Measured = )[^]*$/m,
    (_, start) => `${start}${printed(measuredFigures(), '')}\n`,
  )

/** As prettier prints it. */
function printed(value: unknown, indent: string): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value !== 'object' || value === null) return String(value)
  const inner = `${indent}  `
  const lines = Array.isArray(value)
    ? value.map((one) => `${inner}${inOneLine(one)},`)
    : Object.entries(value).map(([name, one]) => `${inner}${name}: ${printed(one, inner)},`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${lines.join('\n')}\n${indent}${close}`
}

const inOneLine = (row: object): string =>
  `{ ${Object.entries(row)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')} }`

if (import.meta.main) {
  const file = new URL('../capacity/measured.ts', import.meta.url)
  writeFileSync(file, withMeasuredFigures(readFileSync(file, 'utf8')))
}
