// Reports and changes of the list at constant rates, until they are stopped.
import { makeReport } from '../../src/hashing/make-report.ts'
import type { Random } from '../../src/sample/random-hash.ts'
import { submitReports } from '../../src/stream/topics/submit-reports.ts'
import { pause } from '../../src/waiting/pause.ts'
import { someKnown, type ChangingList } from './changing-list.ts'
import type { Workbench } from './workbench.ts'

const TICK_MS = 200
/** Reports of one sending: kafkajs puts all of a partition into one batch, and the broker takes 1 MiB. */
const MOST_AT_ONCE = 2_000
/** Of each tick's changes: values that were never known, values that come back, and as many removals as both. */
const NEW_SHARE = 0.4
const BACK_SHARE = 0.1
/** The interval, in reports, between those of a value that is, was or will be known. */
const HIT_ONE_IN = 50

export class ChurnTraffic {
  readonly #bench: Workbench
  readonly #list: ChangingList
  readonly #random: Random
  readonly #changesPerTick: number
  /** May be changed at any time. */
  reportsPerSecond = 0
  reported = 0

  constructor(bench: Workbench, list: ChangingList, random: Random, changesPerSecond: number) {
    this.#bench = bench
    this.#list = list
    this.#random = random
    this.#changesPerTick = perTick(changesPerSecond)
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let dueMs = performance.now(); !signal.aborted; dueMs += TICK_MS) {
      await this.#tick()
      await pause(Math.max(1, dueMs + TICK_MS - performance.now()), signal)
    }
  }

  async #tick(): Promise<void> {
    const { log, settings } = this.#bench
    const fresh = Math.round(this.#changesPerTick * NEW_SHARE)
    const back = Math.round(this.#changesPerTick * BACK_SHARE)
    await log.produce(settings.topics.knownHashes, this.#list.change(fresh, back, fresh + back))
    const due = perTick(this.reportsPerSecond)
    for (let sent = 0; sent < due; sent += MOST_AT_ONCE) {
      const reports = Array.from({ length: Math.min(MOST_AT_ONCE, due - sent) }, () => this.#report())
      await submitReports(log, settings.topics.reports, reports)
      this.reported += reports.length
    }
  }

  #report(): ReturnType<typeof makeReport> {
    const isHit = this.#random() * HIT_ONE_IN < 1
    const { type, value } = isHit ? this.#list.pick() : someKnown(this.#random)
    return makeReport('bench', [type === 'pdq' ? { type, value, quality: 100 } : { type, value }])
  }
}

const perTick = (perSecond: number): number => Math.round((perSecond * TICK_MS) / 1000)
