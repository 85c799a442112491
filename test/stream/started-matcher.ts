import {
  createTelemetry,
  startMatchService,
  type MatchService,
  type Telemetry,
} from '../../src/cli/match-service.ts'
import type { Policy } from '../../src/policy/policy.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { kafkaHealth } from '../../src/kafka/kafka-health.ts'
import type { EventLog } from '../../src/log/event-log.ts'
import type { Logger } from '../../src/telemetry/log.ts'

/** The real matcher on a log, in this thread, with its telemetry; whoever starts it stops it. */
export async function startedMatcher(
  log: EventLog,
  settings: Settings,
  policy: Policy,
  logger?: Logger,
): Promise<Telemetry & { readonly service: MatchService }> {
  const telemetry = { ...createTelemetry('silent'), ...(logger && { logger }) }
  const service = await startMatchService({
    log,
    settings,
    policy,
    ...telemetry,
    listener: kafkaHealth(telemetry),
    signal: new AbortController().signal,
    onSetLost: () => {},
  })
  if (!service) throw new Error('The matcher did not start')
  return { ...telemetry, service }
}
