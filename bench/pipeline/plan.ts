// Which jobs there are: the whole benchmark, and a quick one.
import type { Job, JobOf, Kind, Kinds, Orientations } from './jobs.ts'

export interface PlanOptions {
  /** A minute or two, to see that everything works; its figures say little. */
  readonly quick: boolean
  readonly peers: boolean
}

/** The jobs in the order to run them. */
export const planJobs = ({ quick }: PlanOptions): readonly Job[] => (quick ? quickJobs() : fullJobs())

/** Reports that wait in the topic: enough for the quickest consumer. */
export const reportsOf = ({ quick }: PlanOptions): number => (quick ? 240_000 : 1_440_000)

function fullJobs(): Job[] {
  const jobs: Job[] = []
  for (const known of [2_000, 100_000, 1_000_000, 10_000_000]) {
    for (const orientations of [1, 8] as const) {
      jobs.push(parts(known, orientations, 3, 4))
      jobs.push(whole(known, orientations, 1, 2, 4))
    }
  }
  for (const known of [100_000, 1_000_000, 10_000_000]) {
    for (const threads of [1, 2]) {
      for (const processes of [2, 3]) jobs.push(whole(known, 8, processes, threads, 4))
    }
  }
  return jobs
}

function quickJobs(): Job[] {
  return [
    parts(2_000, 1, 1, 0.5),
    parts(20_000, 8, 1, 0.5),
    whole(20_000, 8, 1, 2, 0.5),
    whole(20_000, 8, 3, 2, 0.5),
  ]
}

function job<K extends Kind>(kind: K, name: string, ask: Kinds[K]['ask']): JobOf<K> {
  return { kind, name: `${kind}-${name}`, ...ask }
}

const parts = (known: number, orientations: Orientations, rounds: number, seconds: number): Job =>
  job('parts', `${known}-o${orientations}`, { known, orientations, rounds, seconds })

const whole = (
  known: number,
  orientations: Orientations,
  processes: number,
  threads: number,
  seconds: number,
): Job =>
  job('whole', `${known}-o${orientations}-p${processes}-t${threads}`, {
    known,
    orientations,
    processes,
    threads,
    seconds,
  })
