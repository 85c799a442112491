// Wires the parts of a running matcher together: known set, streams, threads, canaries, looking back.
import { availableParallelism } from 'node:os'
import type { MatchStatus } from '../contract/status.ts'
import { canaryTypes } from '../matcher/canary-report.ts'
import { Matcher } from '../matcher/matcher.ts'
import type { Policy } from '../policy/policy.ts'
import type { Settings } from '../settings/settings.ts'
import type { EventLog } from '../log/event-log.ts'
import type { KafkaListener } from '../kafka/kafka-log.ts'
import type { MemberSettings } from '../stream/live/member-settings.ts'
import type { KnownSetFeed } from '../stream/feed/known-set-feed.ts'
import type { OpenKnownSet } from '../stream/feed/open-known-set.ts'
import type { SnapshotPlace } from '../stream/feed/save-known-set.ts'
import { SetLostError } from '../stream/feed/set-errors.ts'
import { GroupWatch } from '../stream/live/group-watch.ts'
import { committedPolicy } from '../stream/live/set-position.ts'
import { encodeOutcome } from '../stream/live/encoded-outcome.ts'
import { LagWatch } from '../stream/topics/lag-watch.ts'
import { LABEL_VALUES } from '../stream/label-values.ts'
import { MatchStream, type ReportMatcher } from '../stream/live/match-stream.ts'
import { RetroStream } from '../stream/retro/retro-stream.ts'
import { PlatformCanaries } from '../stream/live/platform-canaries.ts'
import { MatchStatusReader } from '../stream/status/match-status.ts'
import { ThreadSupervisor, type ThreadSupervisorOptions } from '../stream/threads/thread-supervisor.ts'
import type { StartThread } from '../stream/threads/thread-calls.ts'
import { PrestartedThreads } from '../stream/threads/prestarted-threads.ts'
import type { ThreadMetrics } from '../telemetry/server.ts'
import { SnapshotKeeper } from '../stream/feed/snapshot-keeper.ts'
import { unlessAborted } from '../waiting/unless-aborted.ts'
import { matchingProblems, planTopics, TopicsError, wantedTopicsOf } from '../stream/topics/topics.ts'
import { Health } from '../telemetry/health.ts'
import { KAFKA_PART, KNOWN_SET_PART } from '../telemetry/health-parts.ts'
import { createLogger, type Logger, type LogLevel } from '../telemetry/log.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import { measureThread } from '../telemetry/thread-metrics.ts'
import { openForMatching, snapshotPlace } from './known-set-snapshot.ts'
import { untilReachable } from './session.ts'

/** What a matcher shows of itself. */
export interface Telemetry {
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
}

/** A snapshot that is not written by then, after the stop has begun, is given up; in milliseconds. */
const SNAPSHOT_WITHIN_MS = 4_000

/** The telemetry of this process, whose log goes to a file or else to standard error. */
export function createTelemetry(level: LogLevel, file?: string): Telemetry {
  const metrics = createMetrics({ labelValues: LABEL_VALUES })
  measureThread(metrics.registry, 'main')
  const logger = createLogger(level, {
    ...(file === undefined ? {} : { file }),
    onLost: () => metrics.logLinesLost.inc(),
  })
  const health = new Health((ready) => metrics.ready.set(ready ? 1 : 0))
  // Before anybody can ask: a process that has only just begun is not ready.
  health.waitFor(KAFKA_PART, 'not reached yet')
  return { metrics, health, logger }
}

export interface MatchServiceOptions extends Telemetry {
  readonly log: EventLog
  readonly settings: Settings
  readonly policy: Policy
  readonly listener: KafkaListener
  /**
   * Matcher threads, for which the log must be Kafka. Left out or 0: the main thread matches. (In the settings 0 means one for
   * each core, which `threadCount` has resolved.)
   */
  readonly threads?: number
  /** How threads are started; by default as threads of this process. */
  readonly startThread?: StartThread
  /** Aborts the wait for a broker that is away, and for the set. */
  readonly signal: AbortSignal
  /** Called once, when the known set is of no use any more: end the process with exit code 1, to be started again. */
  readonly onSetLost: (loss: SetLostError) => void
}

/** What the parts of a matcher are given. */
interface PartOptions extends MatchServiceOptions {
  readonly lag: LagWatch
}

/** A running matcher. */
export interface MatchService {
  stop(): Promise<void>
  readonly threadMetrics: ThreadMetrics
  /** What it has to say of itself, with rates since the call before. */
  readonly status: () => Promise<MatchStatus>
}

/** Members of the consumer group, in the main thread or in matcher threads. */
interface Members {
  start(): Promise<void>
  stop(): Promise<void>
  readonly threadMetrics?: ThreadMetrics
}

/** Threads that the settings ask for; none where the set can't be shared. */
export const threadCount = ({ index, threads }: Settings['match']): number =>
  index === 'flat' || index === 'bk-tree' ? 0 : threads || availableParallelism()

function memberSettings({ topics, match }: Settings, policy: Policy): MemberSettings {
  const { group, maxBytesPerPartition, sliceMs, cachedAnswers, canarySeconds } = match
  return { topics, group, maxBytesPerPartition, sliceMs, cachedAnswers, canarySeconds, policy }
}

function matchHere(
  feed: KnownSetFeed,
  matcher: Pick<Matcher, 'sliceLength' | 'matchWithCanaries'>,
  options: PartOptions,
): Members {
  const { log, metrics, health, logger, settings, policy, lag } = options
  const searching: ReportMatcher = {
    sliceLength: (...asked) => matcher.sliceLength(...asked),
    match: (reports, budgetMicros) => {
      const stopTimer = metrics.stageSeconds.startTimer({ stage: 'search' })
      const outcomes = matcher.matchWithCanaries(reports, budgetMicros)
      stopTimer()
      return outcomes.map(encodeOutcome)
    },
  }
  return new MatchStream({
    log,
    settings: memberSettings(settings, policy),
    followed: feed,
    matcher: searching,
    metrics,
    health,
    logger,
    clock: Date.now,
    onOwned: (partitions) => lag.owned('main', partitions),
  })
}

function matchInThreads(
  parts: Pick<ThreadSupervisorOptions, 'threads' | 'set' | 'followed' | 'matcher' | 'startThread'>,
  { metrics, health, logger, settings, policy, lag }: PartOptions,
): Members {
  const { kafka, telemetry } = settings
  return new ThreadSupervisor({
    ...parts,
    order: { kafka, settings: memberSettings(settings, policy), logLevel: telemetry.logLevel },
    metrics,
    health,
    logger,
    onOwned: (thread, partitions) => lag.owned(String(thread), partitions),
  })
}

/** What looks back when known hashes change; undefined if the settings want none of it. */
function retroOf(
  followed: KnownSetFeed,
  matcher: Matcher,
  { log, settings, policy, metrics, health, logger }: MatchServiceOptions,
): RetroStream | undefined {
  const { topics, match } = settings
  const { group: liveGroup, retro } = match
  return retro.share === 0
    ? undefined
    : new RetroStream({
        log,
        topics,
        liveGroup,
        followed,
        matcher,
        policy,
        ...retro,
        metrics,
        health,
        logger,
      })
}

/**
 * Starts a matcher: checks the topics (throws TopicsError if they break a guarantee), reads the known set from its
 * snapshot and the topic, joins the group. While Kafka is away it waits and tries again, until `signal` aborts; then
 * it ends what it has begun and returns undefined.
 */
export async function startMatchService(options: MatchServiceOptions): Promise<MatchService | undefined> {
  const { log, settings, metrics, threads = 0 } = options
  const prestarted = new PrestartedThreads(options.startThread ? 0 : threads)
  // From the beginning: reports wait while the set is read, too.
  const group = new GroupWatch({
    ...options,
    policy: committedPolicy(options.policy),
    hasCanaries: settings.match.canarySeconds > 0,
    clock: () => performance.now(),
  })
  const lag = new LagWatch({
    log,
    group: settings.match.group,
    topics: settings.topics,
    metrics,
    onLook: (lags) => group.look(lags),
  })
  lag.start()
  let service: MatchService | undefined
  try {
    service = await startWith(options.startThread ?? prestarted.start, { ...options, lag })
  } finally {
    await prestarted.end()
    if (!service) await lag.stop()
  }
  return (
    service && {
      ...service,
      stop: async () => {
        await Promise.all([service.stop(), lag.stop()])
      },
    }
  )
}

/** Checks the topics and opens the known set; undefined if the signal aborted while Kafka was away. */
async function openChecked(
  place: SnapshotPlace | undefined,
  options: MatchServiceOptions,
): Promise<OpenKnownSet | undefined> {
  const { log, settings, policy, logger, listener, signal, onSetLost, threads = 0 } = options
  const { topics, provision, match } = settings
  let risks: readonly string[] = []
  let opened: OpenKnownSet | undefined
  await untilReachable(listener, signal, async () => {
    const plan = await planTopics(log, await wantedTopicsOf(log, topics, provision.partitions))
    const problems = matchingProblems(plan)
    if (problems.length > 0) throw new TopicsError(problems)
    risks = plan.risks
    opened = await openForMatching({
      ...options,
      place,
      threads,
      canaryTypes: match.canarySeconds === 0 ? [] : canaryTypes(policy),
    })
  })
  for (const risk of risks) logger.warn(risk)
  opened?.feed.lost.addEventListener('abort', (): void => {
    const reason: unknown = opened?.feed.lost.reason
    if (reason instanceof SetLostError) onSetLost(reason)
  })
  return opened
}

async function startWith(startThread: StartThread, options: PartOptions): Promise<MatchService | undefined> {
  const { settings, policy, metrics, health, logger, threads = 0 } = options
  const { match } = settings
  // Before the first request to Kafka: or the process would look ready while the set is loaded.
  health.waitFor(KNOWN_SET_PART, 'not read yet')
  const place = match.snapshot && (await snapshotPlace(match.snapshot))
  const opened = await openChecked(place, options)
  if (!opened) return undefined
  const { set, feed, restored } = opened
  const matcher = new Matcher(set, policy)
  const canaries = new PlatformCanaries()
  const watched = canaries.watching(matcher)
  const members =
    threads > 0
      ? matchInThreads({ threads, set, followed: feed, matcher: watched, startThread }, options)
      : matchHere(feed, watched, options)
  const retro = retroOf(feed, matcher, options)
  const stop = async (keeper?: SnapshotKeeper): Promise<void> => {
    const deadline = AbortSignal.timeout(SNAPSHOT_WITHIN_MS)
    await Promise.all([members.stop(), retro?.stop()])
    await keeper?.stop(deadline)
    await feed.stop()
    await set.close()
  }
  // Each by itself: what has started is not started again because the next one could not.
  for (const part of [feed, members, retro]) {
    const isStarted = await untilReachable(options.listener, options.signal, async () => {
      // The members wait for the set, which may take long.
      if (part) await unlessAborted(part.start(), options.signal)
    }).catch((error: unknown) => {
      // The owner of this service has heard of it by onSetLost.
      if (error instanceof SetLostError) return false
      throw error
    })
    if (isStarted) continue
    await stop()
    return undefined
  }
  const everyMs = (match.snapshot?.everyMinutes ?? 0) * 60_000
  const keeper =
    place && everyMs > 0
      ? new SnapshotKeeper({ ...place, everyMs, set, feed, metrics, logger, clock: Date.now })
      : undefined
  keeper?.start(restored && Date.parse(restored.asOf))
  const threadMetrics: ThreadMetrics = () => members.threadMetrics?.() ?? Promise.resolve([])
  const status = new MatchStatusReader({
    group: match.group,
    threads,
    policy: committedPolicy(policy),
    set,
    looksBack: retro !== undefined,
    metrics,
    threadMetrics,
    platformCanaries: () => canaries.newest,
    partitions: () => options.lag.ownedPartitions,
  })
  return { stop: () => stop(keeper), threadMetrics, status: () => status.read() }
}
