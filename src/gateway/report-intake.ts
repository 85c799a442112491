// The way of a request: who sends it, what its body is, all of it or nothing, and the acknowledgement once Kafka has it.
import type { FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { GATEWAY_PROBLEMS, type GatewayAnswer } from '../contract/gateway.ts'
import { REPORT_MAX_BYTES } from '../contract/report.ts'
import type { EventLog } from '../log/event-log.ts'
import { LogTransientError } from '../log/log-faults.ts'
import { WriteRefusedError } from '../log/write-refused.ts'
import { clientFingerprint } from '../http/client-certificate.ts'
import type { GatewaySettings } from '../settings/gateway-settings.ts'
import { PlatformError, reportTopic, type TopicNames } from '../stream/topics/report-topics.ts'
import { traceParent } from '../stream/live/trace-parent.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { StateLog } from '../telemetry/state-log.ts'
import { readBatch, type Batch } from './batch/read-batch.ts'
import { ClientGoneError, readBody } from './batch/read-body.ts'
import { unpacked } from './batch/unpacked.ts'
import { BatchWriter, type Destination } from './batch-writer.ts'
import type { Caller, Credentials } from './credentials/credentials.ts'
import { GatewayRefusal } from './gateway-problem.ts'
import { InFlightBytes, type HeldBytes } from './in-flight-bytes.ts'
import type { KafkaState } from './kafka-state.ts'
import { mediaOf, type Media } from './media.ts'
import { PlatformActivity } from './platform-activity.ts'
import { PlatformCounter } from './platform-counter.ts'
import { ProbingWatch } from './probing/probing-watch.ts'
import type { Charge, PlatformQuotas } from './quotas/platform-quotas.ts'
import { RememberedReports } from './remembered-reports.ts'
import { ReportWriter } from './report-writer.ts'

/** Kafka gets this time, in milliseconds. Then the client is asked to try again, while the call to Kafka goes on. */
const WRITE_WITHIN_MS = 15_000
const KAFKA_RETRY_SECONDS = 5
const CREDENTIALS_RETRY_SECONDS = 5
const MIB = 1024 * 1024

/** Kafka has not answered in time. */
class WriteLateError extends Error {
  override readonly name = 'WriteLateError'

  constructor(withinMs: number) {
    super(
      `Kafka has not acknowledged reports within ${withinMs} ms: look at its brokers. Writing them goes on.`,
    )
  }
}

export interface ReportIntakeOptions {
  readonly log: Pick<EventLog, 'produce'>
  readonly topics: TopicNames
  readonly settings: Pick<GatewaySettings, 'limits' | 'profile'>
  readonly credentials: Credentials
  readonly quotas: PlatformQuotas
  readonly kafka: KafkaState
  readonly logger: Logger
  readonly metrics: Pick<
    Metrics,
    | 'gatewayReports'
    | 'gatewayThrottled'
    | 'gatewayCredentialUses'
    | 'gatewayProbing'
    | 'gatewayWriteSeconds'
    | 'gatewayInFlightBytes'
    | 'gatewayRemembered'
  >
  readonly writeWithinMs?: number
}

/** A request whose credential is valid. */
interface Incoming {
  readonly media: Media
  readonly platform: string
  readonly charge: Charge
  readonly held: HeldBytes
}

export class ReportIntake {
  readonly #options: ReportIntakeOptions
  readonly #inFlight: InFlightBytes
  readonly #remembered: RememberedReports
  readonly #writer: BatchWriter
  readonly #throttled: PlatformCounter
  readonly #uses: PlatformCounter<'credential'>
  readonly probing: ProbingWatch
  readonly #stopping = new AbortController()
  readonly #misplaced: StateLog
  readonly activity = new PlatformActivity()

  constructor(options: ReportIntakeOptions) {
    const { log, metrics, settings, logger } = options
    const { inFlightMiB, rememberedReports } = settings.limits
    this.#options = options
    this.#inFlight = new InFlightBytes(inFlightMiB * MIB, (bytes) => metrics.gatewayInFlightBytes.set(bytes))
    this.#remembered = new RememberedReports(rememberedReports)
    this.#writer = new BatchWriter(new ReportWriter(log), this.#remembered)
    this.#throttled = new PlatformCounter(metrics.gatewayThrottled, 'platform')
    this.#uses = new PlatformCounter(metrics.gatewayCredentialUses, 'credential')
    this.probing = new ProbingWatch({
      logger,
      counter: new PlatformCounter(metrics.gatewayProbing, 'platform'),
    })
    this.#misplaced = new StateLog({
      logger,
      level: 'error',
      begins: 'Reports of a platform can’t be written: its requests are answered with 503',
      ends: 'The reports of every platform can be written again',
    })
  }

  get inFlightBytes(): number {
    return this.#inFlight.bytes
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  /** From now on requests that have not arrived as a whole are refused. */
  stop(): void {
    this.#stopping.abort()
  }

  /**
   * @param onPermitted The credential is valid.
   * @throws GatewayRefusal, ClientGoneError
   */
  async take(request: FastifyRequest, onPermitted: () => void): Promise<GatewayAnswer> {
    if (this.isStopping) throw new GatewayRefusal('stopping', { retrySeconds: 1 })
    const { metrics } = this.#options
    const caller = await this.#callerOf(request)
    this.#uses.inc(caller.credential)
    onPermitted()
    this.#throttled.seen(caller.platform)
    try {
      const answer = await this.#takeOf(request, caller)
      this.activity.took(caller.platform, answer)
      metrics.gatewayReports.inc({ kind: 'accepted' }, answer.accepted)
      metrics.gatewayReports.inc({ kind: 'repeated' }, answer.repeated)
      return answer
    } catch (error) {
      this.activity.refused(caller.platform, statusOf(error))
      if (error instanceof GatewayRefusal && error.code === 'too-many-requests')
        this.#throttled.inc(caller.platform)
      throw error
    }
  }

  async #callerOf({ headers, ip, raw }: FastifyRequest): Promise<Caller> {
    const fingerprint = clientFingerprint(raw.socket, Date.now())
    const caller = await this.#options.credentials.authenticate({ headers, address: ip, fingerprint })
    if (typeof caller === 'string')
      throw new GatewayRefusal(
        caller,
        caller === 'credentials-away' ? { retrySeconds: CREDENTIALS_RETRY_SECONDS } : {},
      )
    return caller
  }

  async #takeOf({ raw, headers }: FastifyRequest, { platform }: Caller): Promise<GatewayAnswer> {
    const { kafka, quotas } = this.#options
    const media = mediaOf(headers)
    if (kafka.isAway) throw new GatewayRefusal('kafka-away', { retrySeconds: KAFKA_RETRY_SECONDS })
    const topic = this.#topicOf(platform)
    const charge = quotas.admit(platform)
    const incoming = { media, platform, charge, held: this.#inFlight.hold(platform) }
    let batch: Batch
    try {
      batch = await this.#read(raw, incoming)
    } catch (error) {
      // The platform will send again what can't be taken now: it is charged for that then.
      if (statusOf(error) >= 500) charge.giveBack()
      throw error
    }
    const destination = { platform, topic, headers: traceHeader(headers['traceparent']) }
    return this.#written(this.#taken(batch, destination, incoming), platform)
  }

  /** Goes on after a client has got its 503: only a write that failed is not charged for. */
  async #taken(
    batch: Batch,
    destination: Destination,
    { platform, charge, held }: Incoming,
  ): Promise<GatewayAnswer> {
    try {
      const answer = await this.#writer.write(batch, destination)
      // In later turns: after the answer.
      void this.probing.look(platform, batch.reports)
      return answer
    } catch (error) {
      if (statusOf(error) >= 500) charge.giveBack()
      throw error
    } finally {
      held.release()
      this.#options.metrics.gatewayRemembered.set(this.#remembered.size)
    }
  }

  async #read(raw: IncomingMessage, { media, platform, charge, held }: Incoming): Promise<Batch> {
    const { profile, limits } = this.#options.settings
    const { type, encoding } = media
    try {
      const packed = await readBody(raw, {
        declaredBytes: Number(raw.headers['content-length'] ?? 0),
        held,
        withinMs: limits.requestSeconds * 1_000,
        stopping: this.#stopping.signal,
      })
      const body = await unpacked(packed, encoding)
      if (encoding !== undefined) held.take(body.length)
      // Before the work of parsing. Bytes that can't be reports count as if they were full ones.
      const least = Math.max(1, Math.floor(body.length / REPORT_MAX_BYTES))
      const onFound = (reports: number): void => charge.take(Math.max(reports, least))
      return await readBatch(body, { type, platform, profile, onFound })
    } catch (error) {
      held.release()
      throw error
    }
  }

  /** Waits for Kafka, not for ever. */
  async #written(taken: Promise<GatewayAnswer>, platform: string): Promise<GatewayAnswer> {
    const { metrics, writeWithinMs = WRITE_WITHIN_MS } = this.#options
    const stopTimer = metrics.gatewayWriteSeconds.startTimer()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), writeWithinMs)
    })
    try {
      const answer = await Promise.race([taken, late])
      // Also of what came late or failed: else the figure would look best when Kafka is worst.
      stopTimer()
      if (answer === 'late') {
        void taken.then(
          () => this.#worked(platform),
          (error: unknown) => this.#failed(error, platform),
        )
        this.#failed(new WriteLateError(writeWithinMs), platform)
        throw new GatewayRefusal('kafka-away', { retrySeconds: KAFKA_RETRY_SECONDS })
      }
      this.#worked(platform)
      return answer
    } catch (error) {
      if (error instanceof GatewayRefusal) throw error
      stopTimer()
      this.#failed(error, platform)
      throw new GatewayRefusal('kafka-away', { retrySeconds: KAFKA_RETRY_SECONDS })
    } finally {
      clearTimeout(timer)
    }
  }

  #worked(platform: string): void {
    this.#options.kafka.works()
    this.#misplaced.leave(platform)
  }

  /** Of a topic that is one platform's alone, the others' requests go on. */
  #failed(error: unknown, platform: string): void {
    const { kafka, topics } = this.#options
    const isOfTopic = error instanceof WriteRefusedError || error instanceof LogTransientError
    if (isOfTopic && topics.reportsPerPlatform) this.#misplaced.enter(platform, error.message)
    else kafka.failed(error)
  }

  #topicOf(platform: string): string {
    try {
      return reportTopic(this.#options.topics, platform)
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error
      this.#misplaced.enter(platform, error.message)
      throw new GatewayRefusal('kafka-away', { retrySeconds: KAFKA_RETRY_SECONDS })
    }
  }
}

/** The client that broke off gets no answer; the fault is on its side. */
function statusOf(error: unknown): number {
  if (error instanceof GatewayRefusal) return GATEWAY_PROBLEMS[error.code].status
  return error instanceof ClientGoneError ? 499 : 500
}

const NO_HEADERS: Readonly<Record<string, Buffer>> = {}

/** A trace of the request becomes that of its reports, if it has the form that a hit passes on. */
const traceHeader = (value: string | string[] | undefined): Readonly<Record<string, Buffer>> =>
  typeof value === 'string'
    ? traceParent({ headers: { traceparent: Buffer.from(value, 'latin1') } })
    : NO_HEADERS
