// A broker and topics for one measurement.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { encodeKnownHash, knownHashKey } from '../../src/contract/known-hash.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, type Random } from '../../src/sample/random-hash.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { applyTopics, wantedTopics } from '../../src/stream/topics/topics.ts'
import { benchEntry } from './known-values.ts'

const PUBLISH_BATCH = 5_000

/** A broker for one measurement, with the topics made; its records go with it. */
export interface Workbench extends AsyncDisposable {
  readonly log: KafkaLog
  readonly settings: Settings
}

export async function setUpWorkbench(partitions: number): Promise<Workbench> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hashwarden-bench-'))
  const parts = new AsyncDisposableStack()
  parts.defer(async () => rmSync(dataDir, { recursive: true, force: true }))
  const broker = await startJavaBroker({ dataDir })
  parts.defer(() => broker.stop())
  const defaults = loadSettings(undefined, { KAFKA_BROKERS: broker.brokers })
  const settings = {
    ...defaults,
    provision: { partitions, replicationFactor: 1 },
    // Each report is read once: looking back would take processor time from the measurement.
    match: { ...defaults.match, canarySeconds: 0, retro: { share: 0, maxLagRecords: 0 } },
  }
  const log = new KafkaLog(settings.kafka)
  parts.defer(() => log.close())
  await applyTopics(log, wantedTopics(settings.topics, partitions), settings.topics, 1)
  return { log, settings, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}

/** Puts random known hashes into the topic known-hashes and returns their values. */
export async function publishKnown(
  { log, settings }: Workbench,
  count: number,
  random: Random,
): Promise<HashValue[]> {
  const values = Array.from({ length: count }, () => randomBalancedHash(random))
  for (let at = 0; at < count; at += PUBLISH_BATCH) {
    const entries = values.slice(at, at + PUBLISH_BATCH).map((value) => benchEntry('pdq', value))
    await log.produce(
      settings.topics.knownHashes,
      entries.map((entry) => ({ key: knownHashKey(entry), value: encodeKnownHash(entry) })),
    )
  }
  return values
}
