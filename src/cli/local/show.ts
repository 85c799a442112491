// What the demonstration shows once its matcher runs: the hits of the altered copies, then traffic until it is stopped.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hit } from '../../contract/hit.ts'
import { seededRandom } from '../../sample/random-hash.ts'
import type { Settings } from '../../settings/settings.ts'
import { pause } from '../../waiting/pause.ts'
import { canaryReports } from './canary-reports.ts'
import { describeFinding, Findings } from './findings.ts'
import { ProgressGauge, RecentLatencies } from './gauge.ts'
import { HitWatch } from './hit-watch.ts'
import type { Journey } from './journey.ts'
import type { DemoPictures } from './pictures.ts'
import type { SampleSet } from './sample-set.ts'
import type { Screen } from './screen.ts'
import { Traffic } from './traffic.ts'

const TRAFFIC_SEED = 20_200_132
/** How often the live line is drawn, in milliseconds. */
const SHOW_EVERY_MS = 1_000

export interface ShowOptions {
  readonly journey: Journey
  readonly settings: Pick<Settings, 'topics' | 'match'>
  readonly demo: DemoPictures
  readonly set: SampleSet
  readonly screen: Screen
  /** Ends everything; a part that fails aborts it, too. */
  readonly stopped: AbortController
}

export class Show {
  readonly #options: ShowOptions
  readonly #findings: Findings
  readonly #watch: HitWatch
  readonly #gauge: ProgressGauge
  #latencies = new RecentLatencies()
  #hits = 0

  constructor(options: ShowOptions) {
    const { journey, settings, demo } = options
    const { topics, match } = settings
    this.#options = options
    this.#findings = new Findings(demo.copies)
    this.#watch = new HitWatch(journey.log, topics.hits)
    this.#gauge = new ProgressGauge(journey.log, match.group, topics.reports)
  }

  /** Submits the copies, waits until all are matched, and prints which were found. */
  async copies(): Promise<void> {
    const { journey, demo, screen, stopped } = this.#options
    await this.#watch.start((hit, publishedAtMs) => this.#take(hit, publishedAtMs))
    screen.print(
      `\nSubmitting ${demo.copies.length} reports of the pictures and their copies, half by Kafka, half by HTTP. Hits, as they come:`,
    )
    const copies = demo.copies.map((_, index) => this.#findings.report(index))
    await journey.submit([...copies, ...(await canaryReports())], stopped.signal)
    while (!stopped.signal.aborted && !(await this.#isAllMatched())) await sleep(100)
    if (stopped.signal.aborted) return
    screen.print(
      '\nFound, by what was done to the picture (PDQ distance in bits; = equal file; – not found):',
    )
    for (const line of this.#findings.summary()) screen.print(line)
  }

  /** Streams made-up reports, while the known set grows, until it is stopped or this many seconds have passed. */
  async traffic(seconds: number | undefined): Promise<void> {
    const { journey, demo, screen, stopped } = this.#options
    const { signal } = stopped
    // The first batch waited until the group had formed: traffic takes no such time.
    this.#latencies = new RecentLatencies()
    screen.print('\nTraffic of made-up pictures, as much as this machine keeps up with. Ctrl-C stops.')
    const random = seededRandom(TRAFFIC_SEED)
    const traffic = new Traffic(journey.submit, random, () =>
      this.#findings.report(Math.floor(random() * demo.copies.length)),
    )
    const running = Promise.all([traffic.run(signal), this.#growSet()])
    // `await running` below throws the error, once the loop has ended.
    running.catch(() => stopped.abort())
    if (seconds !== undefined) setTimeout(() => stopped.abort(), seconds * 1000).unref()
    while (!signal.aborted) {
      await pause(SHOW_EVERY_MS, signal)
      await this.#showProgress(traffic)
    }
    await running
  }

  async stop(): Promise<void> {
    await this.#watch.stop()
  }

  #take(hit: Hit, publishedAtMs: number): void {
    const latencyMs = publishedAtMs - Date.parse(hit.receivedAt)
    this.#latencies.add(latencyMs)
    this.#hits++
    const finding = this.#findings.take(hit)
    if (finding) this.#options.screen.print(describeFinding(finding, latencyMs))
  }

  async #isAllMatched(): Promise<boolean> {
    return (await this.#gauge.read()).lagRecords === 0 && (await this.#watch.hasSeenAll())
  }

  async #showProgress(traffic: Traffic): Promise<void> {
    const { journey, screen } = this.#options
    const { matchedPerSecond, lagRecords } = await this.#gauge.read()
    traffic.adapt(lagRecords)
    const latency = (share: number): string => this.#latencies.percentile(share)?.toFixed(0) ?? '–'
    screen.live(
      `${count(matchedPerSecond)} reports/s   ${count(await journey.knownEntries())} known   ${count(this.#hits)} hits   ` +
        `${count(lagRecords)} waiting   to hit p50 ${latency(0.5)} ms, p99 ${latency(0.99)} ms`,
    )
  }

  /** Publishes the rest of the known set while reports are matched against the part that is there. */
  async #growSet(): Promise<void> {
    const { set, screen, stopped } = this.#options
    if (!set.isComplete) {
      screen.print('The known set grows meanwhile, as it does when a list is imported: no restart, no pause.')
      await set.publishRest(stopped.signal)
      if (set.isComplete) screen.print('All of the known set is published.')
    }
    await set.leaveNote()
  }
}

const count = (value: number): string => Math.round(value).toLocaleString('en')
