// Which jobs there are: the whole benchmark, and a quick one.
import type { Asking, EngineName, Job } from './jobs.ts'
import type { SetName } from './known-sets.ts'

const BATCHES = [1, 64, 1024, 4096, 16_384]
const LARGE_BATCHES = [4096, 16_384]
const RADIUS = 31
const LIMIT = 64
const AS_IS = 0b1
const MIRRORED = 0b1111
const ALL = 0b11111111
const TREE_RADII = [0, 2, 4, 8, 12, 16, 20, 24, 31, 40, 48, 64]
const TREE_BATCH = 256

export interface PlanOptions {
  /** A minute or two instead of all. */
  readonly quick: boolean
  readonly peers: boolean
  /** Known values of the largest set. */
  readonly largest: number
  /** This machine's (see simd.ts): with AVX-512, faiss is measured without it as well. */
  readonly simd: string
}

/** The jobs in the order to run them: small sets first. */
export function planJobs({ quick, peers, largest, simd }: PlanOptions): Job[] {
  const jobs = quick ? quickJobs(peers) : fullJobs(peers, simd.startsWith('AVX-512'))
  return jobs.filter(({ known }) => known <= largest).sort((a, b) => a.known - b.known)
}

function fullJobs(peers: boolean, avx512: boolean): Job[] {
  const jobs = [10_000, 100_000, 1_000_000, 10_000_000, 30_000_000].map((known) =>
    job('multi-index', 'uniform', known, [...at(BATCHES), ...wider(known)], 3),
  )
  for (const known of [1_000_000, 10_000_000]) {
    jobs.push(job('multi-index', 'natural', known, [...at(BATCHES), ...at(LARGE_BATCHES, { limit: 0 })], 3))
  }
  for (const set of ['crowd', 'flood'] as const) {
    jobs.push(job('multi-index', set, 1_000_000, [...at(BATCHES), ...at(LARGE_BATCHES, { limit: 0 })], 3))
  }
  for (const known of [10_000, 100_000, 1_000_000, 10_000_000]) {
    jobs.push(job('flat-simd', 'uniform', known, at([1, 64, 1024]), 3))
  }
  for (const known of [10_000, 100_000]) {
    const radii = TREE_RADII.flatMap((radius) => at([TREE_BATCH], { radius }))
    jobs.push(job('bk-tree', 'uniform', known, [...at([1, 64, 1024]), ...radii], 2))
    if (!peers) continue
    const oneByOne = TREE_RADII.filter((radius) => radius !== RADIUS).flatMap((radius) => at([1], { radius }))
    jobs.push(job('mnemonist-bk-tree', 'uniform', known, [...at([1]), ...oneByOne], 2))
  }
  if (!peers) return jobs
  const held = avx512 ? [1_000_000, 10_000_000] : []
  const withoutAvx512 = held.map((known) => job('faiss-flat-avx2', 'uniform', known, at([1, 64]), 3))
  return [...jobs, ...pythonJobs(), ...withoutAvx512]
}

/** Beyond batches of plain queries: what mirror images, all eight orientations and a wider radius cost. */
function wider(known: number): Asking[] {
  if (known !== 1_000_000 && known !== 10_000_000) return []
  return [
    ...at(LARGE_BATCHES, { orientations: MIRRORED }),
    ...at(LARGE_BATCHES, { orientations: ALL }),
    ...[15, 47].flatMap((radius) => at(LARGE_BATCHES, { radius })),
  ]
}

function pythonJobs(): Job[] {
  const upTo10M = [10_000, 100_000, 1_000_000, 10_000_000]
  const adversarial = ['crowd', 'flood'] as const
  return [
    ...[...upTo10M, 30_000_000].map((known) => job('faiss-flat', 'uniform', known, at(BATCHES), 3)),
    ...upTo10M.map((known) => job('faiss-multihash', 'uniform', known, at(BATCHES), 3)),
    ...upTo10M.map((known) => job('pdqindex', 'uniform', known, at([1]), 3)),
    ...[1_000_000, 10_000_000].flatMap((known) => [
      job('faiss-flat', 'natural', known, at([64]), 3),
      job('faiss-multihash', 'natural', known, at([1, 64]), 3),
    ]),
    job('pdqindex', 'natural', 1_000_000, at([1]), 3),
    ...adversarial.flatMap((set) => [
      job('faiss-flat', set, 1_000_000, at([64]), 3),
      job('faiss-multihash', set, 1_000_000, at([1, 64]), 3),
      job('pdqindex', set, 1_000_000, at([1]), 3),
    ]),
  ]
}

function quickJobs(peers: boolean): Job[] {
  const batches = [1, 64, 4096, 16_384]
  const jobs = [100_000, 1_000_000].flatMap((known) => [
    job('multi-index', 'uniform', known, [...at(batches), ...at([16_384], { orientations: ALL })], 1),
    job('flat-simd', 'uniform', known, at([64]), 1),
  ])
  for (const set of ['natural', 'crowd', 'flood'] as const) {
    jobs.push(job('multi-index', set, 1_000_000, at([4096]), 1))
  }
  jobs.push(
    job(
      'bk-tree',
      'uniform',
      100_000,
      [4, 31].flatMap((radius) => at([TREE_BATCH], { radius })),
      1,
    ),
  )
  if (!peers) return jobs
  jobs.push(job('mnemonist-bk-tree', 'uniform', 100_000, at([1]), 1))
  for (const engine of ['faiss-flat', 'faiss-multihash', 'pdqindex'] as const) {
    for (const known of [100_000, 1_000_000]) jobs.push(job(engine, 'uniform', known, at([1]), 1))
  }
  return jobs
}

function job(
  engine: EngineName,
  set: SetName,
  known: number,
  askings: readonly Asking[],
  seconds: number,
): Job {
  return { name: `${engine}-${set}-${known}`, engine, set, known, askings, seconds }
}

function at(batches: readonly number[], how: Partial<Asking> = {}): Asking[] {
  return batches.map((batch) => ({ batch, radius: RADIUS, orientations: AS_IS, limit: LIMIT, ...how }))
}
