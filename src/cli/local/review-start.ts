// The review service of the demonstration: on DATABASE_URL, else on a PostgreSQL of its own, else not at all.
import { join } from 'node:path'
import { MemoryLog } from '../../log/memory-log.ts'
import { kafkaHealth } from '../../kafka/kafka-health.ts'
import type { Settings } from '../../settings/settings.ts'
import { createTelemetry } from '../match-service.ts'
import { REVIEW_FOLDER, startLocalReviewStore } from '../review-local.ts'
import { databasesOf, namesDatabase, startReview } from '../review-process.ts'
import { isFree } from './broker-address.ts'
import { startServiceProcess } from './service-process.ts'

/** A review service that runs. */
export interface DemoReview {
  /** Of the console. */
  readonly url: string
  /** Resolves with a description when it ends unexpectedly. */
  readonly died: Promise<string>
  stop(): Promise<void>
}

/** As a process of its own, on the brokers of the settings. Rejects with the reason if it can't run. */
export async function startReviewProcess(settings: Settings): Promise<DemoReview> {
  const local = namesDatabase(process.env) ? [] : ['--local']
  return startServiceProcess({
    command: ['review', ...local],
    settings: await atFreePort(settings),
    folder: REVIEW_FOLDER,
  })
}

/** In this process, on the log that it holds. Rejects with the reason if it can't run. */
export async function startReviewHere(settings: Settings, log: MemoryLog): Promise<DemoReview> {
  const store = namesDatabase(process.env) ? undefined : await startLocalReviewStore()
  const telemetry = createTelemetry(settings.telemetry.logLevel, join(REVIEW_FOLDER, 'review.log'))
  const stopping = new AbortController()
  const service = await startReview({
    ...telemetry,
    settings: await atFreePort(settings),
    databases: store ?? databasesOf(process.env),
    log,
    listener: kafkaHealth(telemetry),
    signal: stopping.signal,
  })
  return {
    url: service?.url ?? '',
    died: new Promise(() => {}),
    stop: async () => {
      stopping.abort()
      await service?.stop()
      await store?.stop()
    },
  }
}

/** Another demonstration, or a service, may have the port of the settings. */
async function atFreePort(settings: Settings): Promise<Settings> {
  const { review } = settings
  return { ...settings, review: { ...review, port: (await isFree(review.port)) ? review.port : 0 } }
}
