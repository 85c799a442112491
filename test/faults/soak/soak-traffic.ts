// Reports by librdkafka: plain, idempotent and transactional producers side by side, in every codec.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '../../../src/contract/report.ts'
import type { OutgoingRecord } from '../../../src/log/event-log.ts'
import type { Random } from '../../../src/sample/random-hash.ts'
import { PlantedReports } from '../planted-reports.ts'
import { anyCodec } from './list-writers.ts'
import type { Job, JobResult, OtherProducer } from './librdkafka.ts'

const PAUSE_MS = 300
/** Of a transaction, between its halves: so that those of two producers overlap. */
const MOST_MS_IN_TRANSACTION = 1_500
const ABORTED_SHARE = 0.35
/** Some transactions are larger than what a fetch brings of a partition. */
const LARGE_SHARE = 0.03
const LARGE_REPORTS = 4_000
const NO_REPORT_SHARE = 0.2
const JOBS_A_CODEC = 10
/** The key of Kafka's own abort markers begins like this: on a report it means nothing. */
const ZERO_KEY = Buffer.alloc(4)

/** What was sent, by what became of it. */
export interface Sent {
  /** By id: acknowledged, and if in a transaction, committed. */
  readonly acknowledged: ReadonlyMap<string, Report>
  /** Ids of reports that stood in aborted transactions. */
  readonly aborted: ReadonlySet<string>
  readonly counts: Readonly<Record<`${string} ${JobResult['outcome']}`, number>>
}

export class SoakTraffic implements Sent {
  readonly acknowledged = new Map<string, Report>()
  readonly aborted = new Set<string>()
  readonly counts: Record<string, number> = {}
  readonly #topic: string
  readonly #random: Random
  readonly #reports: PlantedReports
  readonly #perSecond: number

  /** @param perSecond Reports of all producers together, when nothing goes wrong. */
  constructor(topic: string, random: Random, reports: PlantedReports, perSecond: number) {
    this.#topic = topic
    this.#random = random
    this.#reports = reports
    this.#perSecond = perSecond
  }

  async run(producers: readonly OtherProducer[], signal: AbortSignal): Promise<void> {
    const share = this.#perSecond / producers.length
    await Promise.all(producers.map((producer) => this.#flow(producer, share, signal)))
  }

  async #flow(producer: OtherProducer, perSecond: number, signal: AbortSignal): Promise<void> {
    let codec = anyCodec(this.#random)
    let beganMs = performance.now()
    while (!signal.aborted) {
      if (this.#random() < 1 / JOBS_A_CODEC) codec = anyCodec(this.#random)
      // What was due since the last job; after an outage, of ten seconds at most.
      const dueMs = Math.min(10_000, performance.now() - beganMs)
      beganMs = performance.now()
      const isTransactional = producer.kind === 'transactional'
      const isLarge = isTransactional && this.#random() < LARGE_SHARE
      const count = isLarge ? LARGE_REPORTS : Math.max(1, Math.round((perSecond * dueMs) / 1000))
      await this.#send(producer, count, { codec, ...(isTransactional ? this.#transaction() : {}) })
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {})
    }
  }

  #transaction(): Pick<Job, 'transaction' | 'pauseMs'> {
    return {
      transaction: this.#random() < ABORTED_SHARE ? 'abort' : 'commit',
      pauseMs: Math.floor(this.#random() * MOST_MS_IN_TRANSACTION),
    }
  }

  async #send(producer: OtherProducer, count: number, how: Omit<Job, 'topic' | 'records'>): Promise<void> {
    const reports = Array.from({ length: count }, () => this.#reports.next(this.acknowledged))
    const noReports = this.#random() < NO_REPORT_SHARE ? [this.#reports.noReport()] : []
    const records = [
      ...reports.map((report) => ({ key: this.#keyOf(report), value: JSON.stringify(report) })),
      ...noReports.map((value) => ({ key: this.#random() < 0.5 ? null : ZERO_KEY, value })),
    ]
    const { outcome } = await producer.send({ topic: this.#topic, records, ...how })
    const name = `${producer.kind} ${outcome}`
    this.counts[name] = (this.counts[name] ?? 0) + 1
    if (outcome === 'committed') for (const report of reports) this.acknowledged.set(report.reportId, report)
    if (outcome === 'aborted') for (const { reportId } of reports) this.aborted.add(reportId)
  }

  /** Mostly its id; a key chooses the partition and says nothing else, so some submitters take another. */
  #keyOf({ reportId }: Report): OutgoingRecord['key'] {
    const kind = this.#random()
    return kind < 0.02 ? ZERO_KEY : kind < 0.04 ? null : reportId
  }
}
