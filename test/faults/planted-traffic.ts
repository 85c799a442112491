import { setTimeout as sleep } from 'node:timers/promises'
import { sha256Hex } from '../../src/contract/json.ts'
import type { Report } from '../../src/contract/report.ts'
import { makeReport } from '../../src/cli/report.ts'
import { packed, unpackHex } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, writeNearHash, type Random } from '../../src/sample/random-hash.ts'
import type { Deployment } from '../integration/deployment.ts'
import type { KnownList } from './known-list.ts'
import { untilAcknowledged } from './until-acknowledged.ts'

const TICK_MS = 50
/** Distances go past the radius, so that there are near misses. */
const MOST_BITS = 40

/** Keeps submitting reports, some of them near to known hashes, some again, and some records that are no reports. */
export class PlantedTraffic {
  readonly #deployment: Deployment
  readonly #list: KnownList
  readonly #random: Random
  readonly #perTick: number
  readonly #acknowledged = new Map<string, Report>()
  readonly #noReports = new Set<string>()
  readonly #lostWithTopic = new Set<string>()
  #onTheWay: readonly Report[] = []
  #made = 0

  constructor(deployment: Deployment, list: KnownList, random: Random, reportsPerSecond: number) {
    this.#deployment = deployment
    this.#list = list
    this.#random = random
    this.#perTick = Math.ceil((reportsPerSecond * TICK_MS) / 1000)
  }

  /** By their ids. */
  get acknowledged(): ReadonlyMap<string, Report> {
    return this.#acknowledged
  }

  /** SHA-256 of the records that are no reports. */
  get noReports(): ReadonlySet<string> {
    return this.#noReports
  }

  /** Reports that may have gone with a topic before anybody read them. */
  get lostWithTopic(): ReadonlySet<string> {
    return this.#lostWithTopic
  }

  /** What has been submitted until now may be in a topic that is gone. */
  topicIsGone(): void {
    for (const reportId of this.#acknowledged.keys()) this.#lostWithTopic.add(reportId)
    for (const { reportId } of this.#onTheWay) this.#lostWithTopic.add(reportId)
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.submit(Array.from({ length: this.#perTick }, () => this.#nextReport()))
      await sleep(TICK_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** Submits these reports, with what comes along with every batch. */
  async submit(reports: readonly Report[]): Promise<void> {
    const noReport = this.#random() < 0.2 ? [this.#nextNoReport()] : []
    const records = [
      ...reports.map((report) => ({ key: report.reportId, value: JSON.stringify(report) })),
      ...noReport.map((value) => ({ key: null, value })),
    ]
    const { log, settings } = this.#deployment
    for (const value of noReport) this.#noReports.add(sha256Hex(value))
    this.#onTheWay = reports
    await untilAcknowledged(() => log.produce(settings.topics.reports, records))
    for (const report of reports) this.#acknowledged.set(report.reportId, report)
    this.#onTheWay = []
  }

  /** A report that must have a hit as long as the entry is listed. */
  nearReport(reportId?: string): Report {
    const { type, value } = this.#list.listed[Math.floor(this.#random() * this.#list.listed.length)]
    return makeReport('faults', [{ type, value, ...(type === 'pdq' ? { quality: 100 } : {}) }], reportId)
  }

  #nextReport(): Report {
    const kind = this.#random()
    if (kind < 0.05 && this.#acknowledged.size > 0) return this.#again()
    const reportId = `report-${this.#made++}`
    if (kind < 0.5) {
      const value = randomBalancedHash(this.#random)
      return makeReport('faults', [{ type: 'pdq', value, quality: 100 }], reportId)
    }
    const { type, value } = this.#list.any()
    if (type !== 'pdq') return makeReport('faults', [{ type, value }], reportId)
    const near = new Uint32Array(8)
    writeNearHash(this.#random, packed(value), 0, Math.floor(this.#random() * MOST_BITS), near, 0)
    return makeReport('faults', [{ type, value: unpackHex(near, 0, 8), quality: 100 }], reportId)
  }

  /** A report that was submitted before: some submitters send twice. */
  #again(): Report {
    const wanted = Math.floor(this.#random() * this.#made)
    const report = this.#acknowledged.get(`report-${wanted}`)
    return report ?? this.#nextReport()
  }

  #nextNoReport(): string {
    const text = `no report ${this.#made++}`
    return this.#random() < 0.5 ? text : JSON.stringify({ schema: 'report/1', reportId: text })
  }
}
