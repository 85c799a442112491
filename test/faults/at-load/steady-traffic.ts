// Traffic at thousands of reports a second: as much as keeps the matchers busy, or at a rate, whether or not they keep up.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '../../../src/contract/report.ts'
import type { OutgoingRecord } from '../../../src/log/event-log.ts'
import type { Random } from '../../../src/sample/random-hash.ts'
import type { Deployment } from '../../integration/deployment.ts'
import type { CommitAge } from '../commit-age.ts'
import type { KnownList } from '../known-list.ts'
import type { JudgedTraffic } from '../oracle.ts'
import { PlantedReports } from '../planted-reports.ts'
import { untilAcknowledged } from '../until-acknowledged.ts'

const TICK_MS = 10
/** Reports of one sending, and sendings on their way, at most. */
const MOST_AT_ONCE = 500
const MOST_SENDINGS = 24
/** Uncommitted reports that keep the matchers busy: two seconds of them at 10,000 a second. */
const MOST_UNCOMMITTED = 20_000
/** One of so many is near a listed entry, or just not near enough. Of the others none is, so the oracle need not know them. */
const PLANTED_ONE_IN = 50
/** The radius is 31. */
const PLANTED_BITS = 40

export class SteadyTraffic implements JudgedTraffic {
  readonly noReports: ReadonlySet<string> = new Set()
  readonly lostWithTopic: ReadonlySet<string> = new Set()
  readonly #deployment: Deployment
  readonly #list: KnownList
  readonly #age: CommitAge
  readonly #reports: PlantedReports
  readonly #planted = new Map<string, Report>()
  readonly #sending = new Set<Promise<void>>()
  #made = 0
  #acknowledgedCount = 0

  constructor(deployment: Deployment, list: KnownList, age: CommitAge, random: Random) {
    this.#deployment = deployment
    this.#list = list
    this.#age = age
    this.#reports = new PlantedReports(random, () => this.#list.any())
  }

  /** The planted reports, by their ids: no other one may have a hit. */
  get acknowledged(): ReadonlyMap<string, Report> {
    return this.#planted
  }

  /** All of them. */
  get count(): number {
    return this.#acknowledgedCount
  }

  /** As much as the matchers take, until the signal aborts. */
  async saturate(signal: AbortSignal): Promise<void> {
    const before = this.#age.committed - this.#made
    await this.#run(signal, () => MOST_UNCOMMITTED - (before + this.#made - this.#age.committed))
  }

  /** At a rate, until the signal aborts: what a slow moment has kept back comes after it. */
  async flow(perSecond: number, signal: AbortSignal): Promise<void> {
    const [startedMs, before] = [performance.now(), this.#made]
    await this.#run(
      signal,
      () => Math.floor(((performance.now() - startedMs) / 1000) * perSecond) - (this.#made - before),
    )
  }

  /** Resolves once all that is on its way is acknowledged. */
  async #run(signal: AbortSignal, due: () => number): Promise<void> {
    while (!signal.aborted) {
      while (due() > 0 && this.#sending.size < MOST_SENDINGS && !signal.aborted)
        this.#send(Math.min(due(), MOST_AT_ONCE))
      await sleep(TICK_MS, undefined, { signal }).catch(() => {})
    }
    await Promise.all(this.#sending)
  }

  #send(count: number): void {
    const reports = Array.from({ length: count }, () => this.#next())
    const records = reports.map((report) => ({ key: report.reportId, value: JSON.stringify(report) }))
    const sending = this.#acknowledge(records).finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }

  async #acknowledge(records: readonly OutgoingRecord[]): Promise<void> {
    const { log, settings } = this.#deployment
    await untilAcknowledged(() => log.produce(settings.topics.reports, records))
    this.#acknowledgedCount += records.length
  }

  #next(): Report {
    const n = this.#made++
    const reportId = `report-${n}`
    if (n % PLANTED_ONE_IN > 0) return this.#reports.unknown(reportId)
    const planted = this.#reports.near(this.#list.any(), PLANTED_BITS, reportId)
    this.#planted.set(reportId, planted)
    return planted
  }
}
