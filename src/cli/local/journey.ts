// The log and the matcher of the demonstration: on a broker, or in this process where none can run.
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { loadPolicy } from '../../settings/load-settings.ts'
import type { Settings } from '../../settings/settings.ts'
import { kafkaHealth } from '../../kafka/kafka-health.ts'
import type { EventLog } from '../../log/event-log.ts'
import { KafkaLog } from '../../kafka/kafka-log.ts'
import { MemoryLog } from '../../log/memory-log.ts'
import { createTelemetry, startMatchService } from '../match-service.ts'
import { halfByGateway, type Submit } from './both-ways.ts'
import { startBroker } from './broker.ts'
import { startGatewayHere, startGatewayProcess, type DemoGateway } from './gateway-start.ts'
import { startMatcherProcess, type MatcherProcess } from './matcher-process.ts'
import { startReviewHere, startReviewProcess, type DemoReview } from './review-start.ts'

const CACHE = fileURLToPath(new URL('../../../.cache', import.meta.url))
/** The files of the demonstration's matcher. */
export const MATCHER_FOLDER = join(CACHE, 'matcher')

/**
 * With it a later start need not read a million entries from the topic. The file isn't encrypted, so it is written for
 * made-up entries only; at a cluster that is not ours the settings decide.
 */
const SNAPSHOT = { file: join(MATCHER_FOLDER, 'known.snapshot'), everyMinutes: 1 }

/** Looking back at earlier runs would take time from the live matching that is measured. */
const LIVE_ONLY = { share: 0, maxLagRecords: 0 }

/** A log and, once started, a matcher on it. Disposing of it stops both, and the broker if this process started it. */
export interface Journey extends AsyncDisposable {
  readonly log: EventLog
  /** Which process holds the records: this one, a broker of our own, or a cluster that is not ours. */
  readonly host: 'memory' | 'own-broker' | 'cluster'
  startMatcher(): Promise<void>
  /** Starts the gateway, and says how to make a first report by hand. */
  startGateway(): Promise<void>
  /** Says again how to make a first report by hand: the hits that came meanwhile have scrolled it away. */
  sayFirstReport(): void
  /** One half of the reports goes to the log, the other by HTTP through the gateway. Call it after `startGateway`. */
  readonly submit: Submit
  /** Starts the review service, or says why there is none. */
  startReview(): Promise<void>
  /** How many entries the matcher's known set has now. Call it after `startMatcher`. */
  knownEntries(): Promise<number>
  /** Resolves with a description when a part ends unexpectedly. */
  readonly failed: Promise<string>
}

/**
 * Starts a broker, or takes the cluster of KAFKA_BROKERS, or a log in memory where no broker can run. `say` gets the
 * choice and its reason in words.
 */
export async function startJourney(settings: Settings, say: (line: string) => void): Promise<Journey> {
  const broker = await startBroker(join(CACHE, 'kafka'), (line) => say(`Broker      ${line}`))
  if (!broker) return memoryJourney(settings, say)
  const { promise: failed, resolve: fail } = Promise.withResolvers<string>()
  const kafka = { ...settings.kafka, brokers: broker.brokers.split(',') }
  const log = new KafkaLog({ ...kafka, listener: { onFailure: ({ message }) => fail(message) } })
  const parts = new AsyncDisposableStack()
  parts.defer(() => broker.stop())
  parts.defer(() => log.close())
  let matcher: MatcherProcess | undefined
  let gateway: DemoGateway | undefined
  return {
    log,
    host: broker.isOurs ? 'own-broker' : 'cluster',
    failed,
    startMatcher: async () => {
      const kept = broker.isOurs ? { snapshot: SNAPSHOT } : {}
      const match = { ...settings.match, ...kept, retro: LIVE_ONLY }
      const started = await startMatcherProcess({ ...settings, kafka, match }, MATCHER_FOLDER)
      matcher = started
      parts.defer(() => started.stop())
      void started.died.then(fail)
      say(
        `Matcher     process ${started.pid}, ${started.url}/metrics and /readyz, log .cache/matcher/match.log`,
      )
      say(`            In another terminal: KAFKA_BROKERS=${broker.brokers} npx hashwarden hits`)
    },
    startGateway: async () => {
      const started = await startGatewayProcess({ ...settings, kafka })
      gateway = started
      parts.defer(() => started.stop())
      void started.died.then(fail)
      sayGateway(started, say)
    },
    sayFirstReport: () => gateway && sayFirstReport(gateway, say),
    submit: halfByGateway(log, settings.topics.reports, () => gateway),
    startReview: async () => {
      const review = await startedReview(() => startReviewProcess({ ...settings, kafka }), say)
      if (!review) return
      parts.defer(() => review.stop())
      void review.died.then(fail)
    },
    knownEntries: async () => (await matcher?.gauge('hashwarden_known_entries')) ?? 0,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

/** The journey in one process, on the in-memory log. */
function memoryJourney(settings: Settings, say: (line: string) => void): Journey {
  const log = new MemoryLog()
  const { promise: failed, resolve: fail } = Promise.withResolvers<string>()
  const parts = new AsyncDisposableStack()
  parts.defer(() => log.close())
  const telemetry = createTelemetry(settings.telemetry.logLevel, join(MATCHER_FOLDER, 'match.log'))
  let gateway: DemoGateway | undefined
  return {
    log,
    host: 'memory',
    failed,
    startMatcher: async () => {
      const service = await startMatchService({
        log,
        settings: { ...settings, match: { ...settings.match, retro: LIVE_ONLY } },
        policy: loadPolicy(),
        ...telemetry,
        listener: kafkaHealth(telemetry),
        signal: new AbortController().signal,
        onSetLost: () => fail('The known-hash topic was replaced.'),
      })
      parts.defer(async () => service?.stop())
      say('Matcher     in this process, log .cache/matcher/match.log')
    },
    startGateway: async () => {
      const started = await startGatewayHere(settings, log)
      gateway = started
      parts.defer(() => started.stop())
      sayGateway(started, say)
    },
    sayFirstReport: () => gateway && sayFirstReport(gateway, say),
    submit: halfByGateway(log, settings.topics.reports, () => gateway),
    startReview: async () => {
      const review = await startedReview(() => startReviewHere(settings, log), say)
      if (review) parts.defer(() => review.stop())
    },
    knownEntries: async () => (await telemetry.metrics.knownEntries.get()).values[0]?.value ?? 0,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

function sayGateway(gateway: DemoGateway, say: (line: string) => void): void {
  const { pid, url, isReady } = gateway
  const where = pid === undefined ? 'in this process' : `process ${pid}`
  say(`Gateway     ${where}, ${url} (without TLS: for this machine alone), log .cache/gateway/gateway.log`)
  if (!isReady) say('            It is not ready yet, and refuses reports until then: its log says why.')
  sayFirstReport(gateway, say)
}

function sayFirstReport({ curl }: DemoGateway, say: (line: string) => void): void {
  say(`            A first report of your own, from another terminal:\n${curl}`)
}

/** Starts the review service. Where it can't run, the rest of the journey goes on without it. */
export async function startedReview(
  start: () => Promise<DemoReview>,
  say: (line: string) => void,
): Promise<DemoReview | undefined> {
  try {
    const review = await start()
    say(
      `Review      ${review.url} (one click signs you in as a sample reviewer), log .cache/review/review.log`,
    )
    return review
  } catch (error) {
    const [why = ''] = error instanceof Error ? error.message.split('\n').slice(-1) : []
    say(`Review      not running, and the rest goes on without it: ${why}`)
    return undefined
  }
}
