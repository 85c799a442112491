// A matcher thread: its own member of the consumer group, its own connections, and its own search of the shared set.
// It sifts reports; those that may make a hit it gives to the thread that keeps the set.
import { parentPort, workerData } from 'node:worker_threads'
import { createBirpc } from 'birpc'
import { SetReader } from '../../known/set-reader.ts'
import type { Outcome } from '../../matcher/matcher.ts'
import type { ReceivedReport } from '../../matcher/received-report.ts'
import { ReportSieve } from '../../matcher/report-sieve.ts'
import { Health } from '../../telemetry/health.ts'
import { createLogger } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { watchCanaries } from '../canary-watch.ts'
import { KafkaLog } from '../kafka-log.ts'
import { MatchStream, type FollowedSet, type ReportMatcher } from '../match-stream.ts'
import { WorkJournal } from '../work-journal.ts'
import type { SetCalls, ThreadCalls, ThreadOrder } from './thread-calls.ts'

// What MatchThreads starts it with.
const order = workerData as ThreadOrder
const port = parentPort
if (!port) throw new Error('This file is run as a worker thread.')

const KAFKA_PART = 'kafka'
let caution = order.caution
const metrics = createMetrics({ ofProcess: false })
const logger = createLogger(order.logLevel).child({ thread: order.number })
const listener = {
  onFailure: (why: string) => {
    metrics.connectionFailures.inc()
    health.waitFor(KAFKA_PART, why)
  },
  onRecovery: () => health.ready(KAFKA_PART),
  onOffsetOutOfRange: () => {
    metrics.offsetOutOfRange.inc()
    logger.error('Records expired before they were read; going on from the earliest that are still there')
  },
}
const log = new KafkaLog({ ...order.kafka, listener })
const reader = new SetReader(order.set, order.cachedAnswers)
const sieve = new ReportSieve(reader, order.policy)
const usable = new Int32Array(order.usable)

const main = createBirpc<SetCalls, ThreadCalls>(
  {
    metrics: () => metrics.registry.getMetricsAsJSON(),
    beCautious: (learnt) => {
      caution = learnt
    },
    stop: async () => {
      await stream.stop()
      await log.close()
      reader.close()
      // The port would keep the thread.
      setImmediate(() => port.close())
    },
  },
  {
    post: (message: unknown) => port.postMessage(message),
    on: (receive) => port.on('message', receive),
    // A set that is read from the beginning takes its time.
    timeout: 2 ** 31 - 1,
  },
)

const health = new Health(undefined, (part, why) => void main.waitFor.asEvent(part, why))

const set: FollowedSet = {
  get position() {
    return { topicId: order.topicId, offset: reader.newestFrame().position }
  },
  get isUsable() {
    return Atomics.load(usable, 0) === 1
  },
  catchUp: () => main.catchUp(),
}

const matcher: ReportMatcher = {
  sliceLength: (reports, from, budgetMicros) => sieve.sliceLength(reports, from, budgetMicros),
  match: (reports, budgetMicros) => {
    const stopTimer = metrics.stageSeconds.startTimer({ stage: 'search' })
    const { reports: sifted, suspects } = sieve.sift(reader.newestFrame(), reports, budgetMicros)
    stopTimer()
    const outcomes: Outcome[] = Array.from({ length: sifted })
    return suspects.length === 0 ? outcomes : confirmedByMain(reports, suspects, outcomes)
  },
}

async function confirmedByMain(
  reports: readonly ReceivedReport[],
  suspects: readonly number[],
  outcomes: Outcome[],
): Promise<readonly Outcome[]> {
  const stopTimer = metrics.stageSeconds.startTimer({ stage: 'confirm' })
  const confirmed = await main.match(suspects.map((place) => reports[place]))
  stopTimer()
  for (const [n, place] of suspects.entries()) outcomes[place] = confirmed[n]
  return outcomes
}

const stream = new MatchStream({
  log,
  topics: order.topics,
  group: order.group,
  maxBytesPerPartition: order.maxBytesPerPartition,
  sliceMs: order.sliceMs,
  set,
  matcher,
  metrics,
  health,
  logger,
  clock: Date.now,
  journal: new WorkJournal(order.journal),
  caution: () => caution,
  canaries: watchCanaries(order.canarySeconds, {
    log,
    topic: order.topics.reports,
    policy: order.policy,
    metrics,
    health,
    logger,
  }),
})
await stream.start()
