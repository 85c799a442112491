// The daemon: one of a deployment at a time polls all sources, each by itself. See ../README.md.
import { encodeListRecord, listRecordKey, type ListState } from '../../contract/list-state.ts'
import type { ListsStatus } from '../../contract/status.ts'
import type { Consumption, EventLog, GroupBatch } from '../../log/event-log.ts'
import type { FencedLog } from '../../log/fenced-writer.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Health } from '../../telemetry/health.ts'
import { SYNC_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { Backoff } from '../../waiting/backoff.ts'
import { pause } from '../../waiting/pause.ts'
import { untilAborted } from '../../waiting/until-aborted.ts'
import type { GateLimits } from '../import/gate.ts'
import type { Intake } from '../import/intake.ts'
import { FencedListLog, WriterLostError } from './fenced-log.ts'
import type { ListClient } from './list-client.ts'
import { ListRecords } from '../list-records.ts'
import { SourceGauges } from './source-gauges.ts'
import { SourcePoller } from './source-poller.ts'

const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000]
/** Of known-hashes and lists nothing else is read by the group: it only says whose turn it is. */
const FETCH_BYTES = 64 * 1024

export interface SyncedSource {
  readonly name: string
  readonly kind: string
  readonly everyMs: number
  readonly staleAfterMs: number
  readonly limits: GateLimits
  readonly client: ListClient
  readonly openIntake: (log: EventLog) => Promise<Intake>
  /** Digest of the settings that say what its entries are. */
  readonly settings?: string
  /** Whether the later record of a file takes the place of the earlier. */
  readonly isReplacing?: boolean
}

/** Work beside the sources, again and again. */
export interface Sweep {
  readonly everyMs: number
  readonly work: (log: EventLog, signal: AbortSignal) => Promise<void>
}

export interface SyncOptions {
  readonly log: EventLog & FencedLog
  readonly topic: string
  readonly group: string
  readonly sources: readonly SyncedSource[]
  readonly sweeps: readonly Sweep[]
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
  /** Delays after a source's failures, in milliseconds. */
  readonly retryMs?: readonly number[]
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

export class SyncDaemon {
  readonly #options: SyncOptions
  readonly #gauges: SourceGauges
  readonly #trouble: StateLog
  readonly #failing: StateLog
  readonly #stopping = new AbortController()
  #consumption: Consumption | undefined
  /** Ends the turn that goes on. */
  #turn: AbortController | undefined
  #working: Promise<void> = Promise.resolve()
  #records: ListRecords | undefined
  #pollers: readonly SourcePoller[] = []

  constructor(options: SyncOptions) {
    const { logger, metrics, sources } = options
    this.#options = options
    this.#gauges = new SourceGauges(metrics, sources)
    this.#trouble = new StateLog({
      logger,
      level: 'error',
      begins: 'Lists can’t be kept up to date: Kafka refuses something, or is away; trying again',
      ends: 'Lists are kept up to date again',
    })
    this.#failing = new StateLog({
      logger,
      level: 'warn',
      begins: 'A list is in trouble, and what can’t be read of it is missing here',
      ends: 'All lists are read in full again',
    })
  }

  /** Joins the group. Resolves at once; the work begins with this daemon's turn. */
  async start(): Promise<void> {
    const { log, group, topic, health } = this.#options
    health.waitFor(SYNC_PART, 'joining the group that says which daemon is at work')
    this.#consumption = await log.consume({
      group,
      topics: [topic],
      maxBytesPerPartition: FETCH_BYTES,
      onAssigned: (partitions) => this.#assigned(partitions.length > 0),
      onBatch: (batch) => this.#heard(batch),
    })
  }

  /** Resolves when nothing of it runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#turn?.abort()
    await this.#working
    await this.#consumption?.stop()
    this.#gauges.reset()
  }

  /** What this process says of itself. */
  status(): ListsStatus {
    return {
      active: this.#pollers.length > 0 || this.#turn !== undefined,
      sources: this.#pollers.map((poller) => this.#gauges.statusOf(poller)),
    }
  }

  #assigned(isOurs: boolean): void {
    const { health, logger } = this.#options
    if (!isOurs) {
      logger.info('Another daemon keeps the lists up to date; this one waits, and takes over when it ends')
      this.#turn?.abort()
      this.#turn = undefined
      // It can take over at any time. Were it not ready, a rollout would wait for it, and an alert would call a person.
      health.ready(SYNC_PART)
      return
    }
    // A rebalance that leaves us the partition changes nothing.
    if (this.#turn || this.#stopping.signal.aborted) return
    health.waitFor(SYNC_PART, 'its turn begins: reading how far each list was read')
    const turn = new AbortController()
    this.#turn = turn
    this.#working = this.#working.then(() => this.#work(turn.signal))
  }

  /** Records of the topic as they come: approvals. None is committed, because a start reads all of them. */
  #heard(batch: GroupBatch): Promise<void> {
    for (const record of batch.records) this.#records?.apply(record)
    for (const poller of this.#pollers) poller.heard()
    batch.advance(batch.nextOffset)
    return Promise.resolve()
  }

  /** While it is our turn: keeps all sources up to date, and begins again after a failure of Kafka. */
  async #work(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(RETRY_MS)
    while (!signal.aborted) {
      try {
        await this.#workOnce(signal, () => {
          backoff.reset()
          this.#trouble.leave('sync')
        })
      } catch (error) {
        if (signal.aborted) break
        this.#options.health.failed(error)
        this.#trouble.enter('sync', errorSummary(error instanceof WriterLostError ? error.cause : error))
        await pause(backoff.nextMs(), signal)
      }
    }
    this.#options.metrics.syncActive.set(0)
  }

  async #workOnce(turn: AbortSignal, onReady: () => void): Promise<void> {
    const { log, topic, group, sources, health, metrics, logger } = this.#options
    // One that fails ends the others, too: they share the writer.
    const failing = new AbortController()
    const signal = AbortSignal.any([turn, failing.signal])
    const writer = await FencedListLog.open(log, `${group}-writer`)
    try {
      // The writer is ours: no other daemon adds to it now.
      const records = new ListRecords()
      // From now on it hears what comes, too.
      this.#records = records
      await records.read(log, topic)
      this.#pollers = sources.map((source) => this.#pollerOf(source, writer, records))
      health.ready(SYNC_PART)
      metrics.syncActive.set(1)
      logger.info({ sources: sources.length }, 'This daemon keeps the lists up to date')
      onReady()
      const work = [
        ...this.#pollers.map((poller) => poller.run(signal)),
        ...this.#options.sweeps.map((sweep) => this.#sweep(sweep, writer, signal)),
        untilAborted(signal),
      ]
      for (const one of work) one.catch(() => failing.abort())
      const ended = await Promise.allSettled(work)
      const failure = ended.find((one) => one.status === 'rejected')
      if (failure && !turn.aborted) throw failure.reason
    } finally {
      this.#records = undefined
      this.#pollers = []
      this.#gauges.reset()
      await writer.close()
    }
  }

  #pollerOf(source: SyncedSource, writer: FencedListLog, records: ListRecords): SourcePoller {
    const { metrics, topic, retryMs, clock } = this.#options
    const save = (state: ListState): Promise<void> =>
      writer.produce(topic, [{ key: listRecordKey(state), value: encodeListRecord(state) }])
    const poller = new SourcePoller({
      source: source.name,
      client: source.client,
      everyMs: source.everyMs,
      staleAfterMs: source.staleAfterMs,
      limits: source.limits,
      settings: source.settings,
      isReplacing: source.isReplacing,
      openIntake: () => source.openIntake(writer),
      records,
      save,
      onPoll: (polled) => this.#polled(source, polled),
      metrics,
      ...(retryMs === undefined ? {} : { retryMs }),
      ...(clock === undefined ? {} : { clock }),
    })
    // It may be in trouble since before this daemon's turn.
    this.#polled(source, poller)
    return poller
  }

  #polled(source: SyncedSource, poller: SourcePoller): void {
    this.#gauges.show(source, poller)
    const { problem, pending } = poller.state
    if (problem) this.#failing.enter(source.name, problem.text)
    else if (pending) this.#failing.enter(source.name, 'a change waits for a person')
    else this.#failing.leave(source.name)
  }

  async #sweep({ everyMs, work }: Sweep, writer: EventLog, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await work(writer, signal)
      await pause(everyMs, signal)
    }
  }
}
