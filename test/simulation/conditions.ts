import type { Chance } from './chance.ts'

/** What may become of a request to the log, with its weight; `fine` is the rest. */
export interface Faults {
  /** It never arrives. */
  readonly lost: number
  /** It is carried out, and its answer is lost. */
  readonly unheard: number
  /** It is carried out twice: a client that heard nothing tried again by itself. */
  readonly twice: number
  /** It fails for its sender, and is carried out later all the same. */
  readonly late: number
  /** Some of its records are written, and it fails. */
  readonly partly: number
}

/** What happens to a deployment, with its weight. */
export const EVENTS = [
  'report',
  'report again',
  'rubbish',
  'list',
  'platform',
  'start',
  'stop',
  'crash',
  'pause',
  'thread death',
  'rebalance',
  'gap',
] as const
type EventKind = (typeof EVENTS)[number]

/** Under what a seed runs. Each seed has some faults often and others never (swarm testing: Groce et al., ISSTA 2012). */
export interface Conditions {
  /** Each platform has a topic of its own; some get it later. */
  readonly topicPerPlatform: boolean
  readonly partitions: number
  /** Matcher threads of a process; 0: it matches in its own. */
  readonly threads: number
  readonly index: 'auto' | 'flat'
  readonly sliceMs: number
  readonly cachedAnswers: number
  readonly canarySeconds: number
  readonly minEntries: number
  readonly retroShare: number
  readonly maxLagRecords: number
  /** Files that the lists know, or will, or did. */
  readonly files: number
  readonly events: number
  readonly weights: Readonly<Record<EventKind, number>>
  readonly meanGapMs: number
  /** The share of gaps that are long enough to finish the work in hand. */
  readonly rests: number
  readonly startProcesses: number
  readonly mostProcesses: number
  readonly faults: Faults
  /** Of a request or an answer on its way. */
  readonly meanLatencyMs: number
  /** Now and then one takes longer by so much. */
  readonly slowMs: number
  /** To some processes known-hashes comes later than to others. */
  readonly feedLagMs: number
  readonly sessionMs: number
  readonly mostBatchRecords: number
  readonly lookMs: number
  readonly timersLateMs: number
}

export function drawConditions(chance: Chance): Conditions {
  const often = (): number => (chance.is(0.4) ? 0 : chance.of([1, 1, 3, 10]))
  const rare = (): number => (chance.is(0.65) ? 0 : chance.of([0.003, 0.02, 0.1]))
  const threads = chance.is(0.25) ? chance.between(1, 2) : 0
  const topicPerPlatform = chance.is(0.3)
  return {
    topicPerPlatform,
    partitions: chance.between(1, 4),
    threads,
    index: threads > 0 || chance.is(0.1) ? 'auto' : 'flat',
    // Less than the settings permit, so that few reports make several slices.
    sliceMs: chance.of([0.001, 0.01, 100]),
    cachedAnswers: chance.of([0, 100]),
    canarySeconds: chance.of([0, 1, 1, 10]),
    minEntries: chance.of([1, 1, 1, 4]),
    retroShare: chance.of([1, 0.5, 0.1]),
    // More than the canaries of all partitions, which would else keep looking back from ever having its turn.
    maxLagRecords: chance.of([10, 1_000]),
    files: chance.between(1, 4),
    events: chance.between(10, 70),
    weights: {
      report: chance.of([5, 10, 20]),
      'report again': often() / 3,
      rubbish: often() / 5,
      list: chance.of([2, 6, 12]),
      platform: topicPerPlatform ? 1 : 0,
      start: 2,
      stop: often() / 2,
      crash: often() / 2,
      pause: often(),
      'thread death': threads > 0 ? often() / 2 : 0,
      rebalance: often() / 2,
      gap: often(),
    },
    meanGapMs: chance.of([20, 200, 700, 1_500]),
    rests: chance.of([0, 0.1, 0.2]),
    startProcesses: chance.of([1, 1, 2, 2]),
    mostProcesses: chance.of([1, 2, 2, 3]),
    faults: { lost: rare(), unheard: rare(), twice: rare(), late: rare(), partly: rare() },
    meanLatencyMs: chance.of([1, 5, 40]),
    slowMs: chance.of([0, 0, 300, 5_000]),
    feedLagMs: chance.of([0, 0, 3_000, 15_000]),
    sessionMs: chance.of([3_000, 10_000]),
    mostBatchRecords: chance.of([1, 3, 10, 1_000]),
    lookMs: chance.of([0, 0, 0.01, 0.3]),
    timersLateMs: chance.of([0, 1, 50]),
  }
}
