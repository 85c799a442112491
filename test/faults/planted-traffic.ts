// Traffic of a fault run, by our own producer: it goes on while the fault strikes.
import { setTimeout as sleep } from 'node:timers/promises'
import { sha256Hex } from '../../src/contract/json.ts'
import type { Report } from '../../src/contract/report.ts'
import type { Random } from '../../src/sample/random-hash.ts'
import type { Deployment } from '../integration/deployment.ts'
import type { KnownList } from './known-list.ts'
import { PlantedReports } from './planted-reports.ts'
import { untilAcknowledged } from './until-acknowledged.ts'

const TICK_MS = 50

/** Keeps submitting reports, some of them near to known hashes, some again, and some records that are no reports. */
export class PlantedTraffic {
  readonly #deployment: Deployment
  readonly #list: KnownList
  readonly #random: Random
  readonly #perTick: number
  readonly #acknowledged = new Map<string, Report>()
  readonly #noReports = new Set<string>()
  readonly #lostWithTopic = new Set<string>()
  readonly #reports: PlantedReports
  #onTheWay: readonly Report[] = []

  constructor(deployment: Deployment, list: KnownList, random: Random, reportsPerSecond: number) {
    this.#deployment = deployment
    this.#list = list
    this.#random = random
    this.#reports = new PlantedReports(random, () => list.any())
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

  /** Reports that may have gone with a topic before they were read. */
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
      await this.submit(Array.from({ length: this.#perTick }, () => this.#reports.next(this.#acknowledged)))
      await sleep(TICK_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** Submits these reports, with what comes along with every batch. */
  async submit(reports: readonly Report[]): Promise<void> {
    const noReport = this.#random() < 0.2 ? [this.#reports.noReport()] : []
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
    const { listed } = this.#list
    return this.#reports.near(listed[Math.floor(this.#random() * listed.length)], 1, reportId)
  }
}
