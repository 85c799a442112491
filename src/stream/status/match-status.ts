// What a matcher says of itself, out of what its parts measure anyway.
import {
  MOST_DETAILED_PARTITIONS,
  STATUS_DIGEST_DIGITS,
  type MatchCounts,
  type MatchStatus,
  type PartitionStatus,
} from '../../contract/status.ts'
import type { KnownSet } from '../../known/known-set.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { ThreadMetrics } from '../../telemetry/server.ts'
import {
  greatestOf,
  histogramOf,
  metricsOf,
  sumOf,
  sumsBy,
  withoutUnknown,
  type MetricLists,
} from './counted.ts'

/** The metrics that each count comes from. */
const COUNTS = {
  reportsRead: 'hashwarden_reports_read_total',
  reportsMatched: 'hashwarden_reports_total',
  hits: 'hashwarden_hits_total',
  deadLetters: 'hashwarden_dead_letters_total',
  canariesSent: 'hashwarden_canaries_sent_total',
  canariesFound: 'hashwarden_canaries_found_total',
  canariesMissed: 'hashwarden_canaries_missed_total',
  retroReports: 'hashwarden_retro_reports_total',
  retroHits: 'hashwarden_retro_hits_total',
  threadDeaths: 'hashwarden_thread_deaths_total',
} as const satisfies Readonly<Record<keyof MatchCounts, string>>
const CANARY_AGE = 'hashwarden_canary_age_seconds'
const RETRO_OFFSET = 'hashwarden_retro_known_offset'
const RETRO_WAITING = 'hashwarden_retro_waiting_partitions'
const STAGE_SECONDS = 'hashwarden_stage_seconds'
const REPORT_TO_HIT = 'hashwarden_report_to_hit_seconds'
const CANARY_TO_MATCH = 'hashwarden_canary_seconds'
const NAMES = [
  ...Object.values(COUNTS),
  CANARY_AGE,
  RETRO_OFFSET,
  RETRO_WAITING,
  STAGE_SECONDS,
  REPORT_TO_HIT,
  CANARY_TO_MATCH,
]

export interface MatchStatusOptions {
  readonly group: string
  readonly threads: number
  /** As commits name it. */
  readonly policy: string
  readonly set: Pick<KnownSet, 'position' | 'entries' | 'canaries' | 'digest'>
  readonly looksBack: boolean
  readonly metrics: Metrics
  readonly threadMetrics: ThreadMetrics
  readonly platformCanaries: () => NonNullable<MatchStatus['platformCanaries']>
  /** Those of this process. */
  readonly partitions: () => readonly PartitionStatus[]
  /** Milliseconds of a monotonic clock. */
  readonly clock?: () => number
}

/** Each reading tells rates since the one before. */
export class MatchStatusReader {
  readonly #options: MatchStatusOptions
  readonly #clock: () => number
  #before: { readonly counts: MatchCounts; readonly atMs: number } | undefined

  constructor(options: MatchStatusOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
  }

  async read(): Promise<MatchStatus> {
    const { group, threads, policy, looksBack, metrics, threadMetrics, platformCanaries, partitions } =
      this.#options
    const lists = [await metricsOf(metrics.registry, NAMES), ...(await threadMetrics())]
    const atMs = this.#clock()
    const counts: MatchCounts = withoutUnknown({
      reportsRead: sumOf(lists, COUNTS.reportsRead),
      reportsMatched: sumOf(lists, COUNTS.reportsMatched),
      hits: sumOf(lists, COUNTS.hits),
      deadLetters: sumOf(lists, COUNTS.deadLetters),
      canariesSent: sumOf(lists, COUNTS.canariesSent),
      canariesFound: sumOf(lists, COUNTS.canariesFound),
      canariesMissed: sumOf(lists, COUNTS.canariesMissed),
      retroReports: sumOf(lists, COUNTS.retroReports),
      retroHits: sumOf(lists, COUNTS.retroHits),
      threadDeaths: sumOf(lists, COUNTS.threadDeaths),
    })
    const perSecond = this.#before && ratesOf(this.#before.counts, counts, (atMs - this.#before.atMs) / 1000)
    this.#before = { counts, atMs }
    return {
      group,
      threads,
      policy,
      partitions: bounded(partitions()),
      counts,
      platformCanaries: platformCanaries(),
      ...totalsOf(lists),
      ...withoutUnknown({
        knownSet: this.#knownSet(),
        perSecond,
        canaryAgeSeconds: greatestOf(lists, CANARY_AGE),
        retro: looksBack ? retroOf(lists) : undefined,
      }),
    }
  }

  #knownSet(): MatchStatus['knownSet'] {
    const { position, entries, canaries, digest } = this.#options.set
    return {
      ...withoutUnknown({ topicId: position.topicId }),
      offset: position.offset,
      entries: entries - canaries,
      digest: digest.slice(0, STATUS_DIGEST_DIGITS),
    }
  }
}

const totalsOf = (lists: MetricLists) =>
  withoutUnknown({
    hitsByGrade: sumsBy(lists, { name: COUNTS.hits, label: 'grade' }),
    deadLettersByCode: sumsBy(lists, { name: COUNTS.deadLetters, label: 'code' }),
    stageSeconds: sumsBy(lists, { name: STAGE_SECONDS, label: 'stage', series: `${STAGE_SECONDS}_sum` }),
    reportToHit: histogramOf(lists, REPORT_TO_HIT),
    canaryToMatch: histogramOf(lists, CANARY_TO_MATCH),
  })

function ratesOf(before: MatchCounts, now: MatchCounts, seconds: number): MatchStatus['perSecond'] {
  const rate = (count: keyof MatchCounts): number | undefined => {
    const [from, to] = [before[count], now[count]]
    return from === undefined || to === undefined || seconds <= 0
      ? undefined
      : Math.max(0, to - from) / seconds
  }
  return withoutUnknown({
    reportsRead: rate('reportsRead'),
    reportsMatched: rate('reportsMatched'),
    hits: rate('hits'),
    deadLetters: rate('deadLetters'),
  })
}

/** Only the process that looks back knows more than that it would. */
function retroOf(lists: MetricLists): MatchStatus['retro'] {
  const offset = sumOf(lists, RETRO_OFFSET)
  const waiting = sumOf(lists, RETRO_WAITING)
  return withoutUnknown({
    offset,
    waitingPartitions: offset === undefined && waiting === 0 ? undefined : waiting,
  })
}

const bounded = (partitions: readonly PartitionStatus[]): PartitionStatus[] =>
  partitions.length <= MOST_DETAILED_PARTITIONS
    ? [...partitions]
    : partitions.map(({ topic, partition }) => ({ topic, partition }))
