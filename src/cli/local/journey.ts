import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { loadPolicy } from '../../settings/load-settings.ts'
import type { Settings } from '../../settings/settings.ts'
import { kafkaHealth } from '../../kafka/kafka-health.ts'
import type { EventLog } from '../../log/event-log.ts'
import { KafkaLog } from '../../kafka/kafka-log.ts'
import { MemoryLog } from '../../log/memory-log.ts'
import { createTelemetry, startMatchService } from '../match-service.ts'
import { startBroker } from './broker.ts'
import { startMatcherProcess, type MatcherProcess } from './matcher-process.ts'

const CACHE = fileURLToPath(new URL('../../../.cache', import.meta.url))
/** What the matcher of the demonstration writes. */
export const MATCHER_FOLDER = join(CACHE, 'matcher')

/**
 * So that a start after the first need not read a million entries from the topic. Only of made-up entries: it is a
 * plain file, and the list of a cluster of others is kept as their settings say.
 */
const SNAPSHOT = { file: join(MATCHER_FOLDER, 'known.snapshot'), everyMinutes: 1 }

/** What is shown is what is live: looking back at earlier runs would take the time that is measured. */
const LIVE_ONLY = { share: 0, maxLagRecords: 0 }

/** A log and, once started, a matcher on it; disposing of it ends both, and the broker if it was started here. */
export interface Journey extends AsyncDisposable {
  readonly log: EventLog
  /** Where the records are: in this process, at a broker of the demonstration's own, or at a cluster of others. */
  readonly host: 'memory' | 'own-broker' | 'cluster'
  startMatcher(): Promise<void>
  /** How many entries the matcher's known set has now; it must have been started. */
  knownEntries(): Promise<number>
  /** Resolves with a description when a part has ended by itself. */
  readonly failed: Promise<string>
}

/**
 * Brings up a broker (or takes the one of KAFKA_BROKERS; or, where none can run, a log in memory) and says with
 * `say` which, and why.
 */
export async function startJourney(settings: Settings, say: (line: string) => void): Promise<Journey> {
  const broker = await startBroker(join(CACHE, 'kafka'), (line) => say(`Broker      ${line}`))
  if (!broker) return memoryJourney(settings, say)
  const { promise: failed, resolve: fail } = Promise.withResolvers<string>()
  const kafka = { ...settings.kafka, brokers: broker.brokers.split(',') }
  const log = new KafkaLog({ ...kafka, listener: { onFailure: (why) => fail(why) } })
  const parts = new AsyncDisposableStack()
  parts.defer(() => broker.stop())
  parts.defer(() => log.close())
  let matcher: MatcherProcess | undefined
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
    knownEntries: async () => (await matcher?.gauge('hashwarden_known_entries')) ?? 0,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

/** The same journey in one process, on the in-memory log. */
function memoryJourney(settings: Settings, say: (line: string) => void): Journey {
  const log = new MemoryLog()
  const { promise: failed, resolve: fail } = Promise.withResolvers<string>()
  const parts = new AsyncDisposableStack()
  parts.defer(() => log.close())
  const telemetry = createTelemetry(settings.telemetry.logLevel, join(MATCHER_FOLDER, 'match.log'))
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
    knownEntries: async () => (await telemetry.metrics.knownEntries.get()).values[0]?.value ?? 0,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}
