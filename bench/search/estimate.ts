import { LEAST_QUERIES, LONGEST_BATCH_SECONDS, type Asking, type Job } from './jobs.ts'
import type { SetName } from './known-sets.ts'

const isAdversarial = (set: SetName): boolean => set === 'crowd' || set === 'flood'

/** Microseconds a query, and to add a value: roughly, on a machine like that of bench/results, to say how long it takes. */
const ROUGHLY = {
  'multi-index': {
    search: ({ known, set }: Job) => (isAdversarial(set) ? known / 300 : 13 * (known / 1e6) ** 0.5),
    add: 0.6,
  },
  'flat-simd': { search: ({ known }: Job) => known / 1400, add: 0.02 },
  'bk-tree': { search: ({ known }: Job) => known / 25, add: 3 },
  'mnemonist-bk-tree': { search: ({ known }: Job) => known / 2, add: 6 },
  'faiss-flat': { search: ({ known }: Job) => known / 900, add: 0.02 },
  'faiss-flat-avx2': { search: ({ known }: Job) => known / 800, add: 0.02 },
  'faiss-multihash': {
    search: ({ known, set }: Job) => (known / 500) * (isAdversarial(set) ? 50 : 1),
    add: 6,
  },
  pdqindex: { search: ({ known, set }: Job) => 60 + (known / 500) * (isAdversarial(set) ? 500 : 1), add: 15 },
} as const

const START_SECONDS = 1

/** About how many seconds a job takes. */
export function estimateSeconds(job: Job): number {
  const { search, add } = ROUGHLY[job.engine]
  const micros = search(job)
  const asking = ({ batch, orientations, radius }: Asking): number => {
    const seconds = (micros * batch * (orientations > 1 ? 3 : 1) * (radius > 31 ? 10 : 1)) / 1e6
    if (seconds > LONGEST_BATCH_SECONDS) return 0
    return Math.max(job.seconds, seconds * (1 + Math.max(3, Math.ceil(LEAST_QUERIES / batch))))
  }
  const asked = job.askings.reduce((sum, one) => sum + asking(one), 0)
  return START_SECONDS + (job.known * add) / 1e6 + asked
}
