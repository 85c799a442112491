// Which jobs there are: the whole benchmark, and a quick one.
import type { Job, JobOf, Kind, Kinds, Orientations } from './jobs.ts'

export interface PlanOptions {
  /** A minute or two, to see that everything works; its figures say little. */
  readonly quick: boolean
  readonly peers: boolean
}

/** The jobs in the order to run them. */
export const planJobs = ({ quick, peers }: PlanOptions): readonly Job[] => {
  const jobs = quick ? quickJobs() : fullJobs()
  return jobs.filter(({ kind }) => peers || kind !== 'peer')
}

/** Reports that wait in the topic: enough for the quickest consumer. */
export const reportsOf = ({ quick }: PlanOptions): number => (quick ? 240_000 : 1_440_000)

function fullJobs(): Job[] {
  const jobs: Job[] = []
  for (const known of [2_000, 100_000, 1_000_000, 10_000_000]) {
    for (const orientations of [1, 8] as const) {
      jobs.push(parts(known, orientations, 3, 3))
      jobs.push(whole(known, orientations, 1, 2, 4))
    }
  }
  for (const known of [100_000, 1_000_000, 10_000_000]) {
    for (const threads of [1, 2]) {
      for (const processes of [2, 3]) jobs.push(whole(known, 8, processes, threads, 4))
    }
  }
  for (const known of [100_000, 1_000_000, 10_000_000]) jobs.push(peer(known, 8))
  jobs.push(latency(1_000_000, 4, 20), visible(1_000_000, 20), start(10_000_000, 3, 15_000, 60))
  for (const newValues of [64, 4_096]) jobs.push(retro(newValues, 240_000, 3))
  return jobs
}

function quickJobs(): Job[] {
  return [
    parts(2_000, 1, 1, 0.5),
    parts(20_000, 8, 1, 0.5),
    whole(20_000, 8, 1, 2, 0.5),
    whole(20_000, 8, 3, 2, 0.5),
    peer(20_000, 1),
    latency(20_000, 0.5, 2),
    visible(20_000, 3),
    start(20_000, 1, 2_000, 2),
    retro(64, 20_000, 1),
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

const peer = (known: number, seconds: number): Job => job('peer', `${known}`, { known, seconds })

const latency = (known: number, seconds: number, trafficSeconds: number): Job =>
  job('latency', `${known}`, {
    known,
    orientations: 8,
    processes: 1,
    threads: 2,
    seconds,
    shares: [0.25, 0.75],
    trafficSeconds,
    warmUpSeconds: trafficSeconds / 4,
  })

const visible = (known: number, samples: number): Job =>
  job('visible', `${known}`, { known, processes: 3, threads: 2, samples })

const start = (known: number, starts: number, trafficPerSecond: number, trafficSeconds: number): Job =>
  job('start', `${known}`, { known, threads: 2, starts, trafficPerSecond, trafficSeconds })

const retro = (newValues: number, reports: number, rounds: number): Job =>
  job('retro', `${newValues}`, { known: 2_000, newValues, reports, rounds })
