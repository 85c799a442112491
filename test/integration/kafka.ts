// The broker that tests with a real Kafka share: vitest starts it before the first and ends it after the last of them.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { startShared, type Started } from '../fixtures/shared-start.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Addresses of a Kafka that tests may fill with topics of their own, comma-separated as in KAFKA_BROKERS. */
    kafkaBrokers: string
  }
}

/** Provides `kafkaBrokers`: the cluster that KAFKA_BROKERS names, else a broker in a folder that goes with it. */
export default async function provideKafka(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['KAFKA_BROKERS']
  const broker = given ? { given, end: async () => {} } : await startShared('Kafka', startBroker)
  project.provide('kafkaBrokers', broker.given)
  return broker.end
}

async function startBroker(): Promise<Started<string>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hashwarden-kafka-'))
  const removeFolder = (): Promise<void> => rm(dataDir, { recursive: true, force: true })
  try {
    const broker = await startJavaBroker({
      dataDir,
      log: (line) => process.stderr.write(`${line}\n`),
      // Compaction begins soon where a test asks for it by a topic's settings (Kafka's default is 15 s).
      overrides: { 'log.cleaner.backoff.ms': '500' },
    })
    return {
      given: broker.brokers,
      end: async () => {
        await broker.stop()
        await removeFolder()
      },
    }
  } catch (error) {
    await removeFolder()
    throw error
  }
}
