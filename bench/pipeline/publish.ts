// Publishes the input of measurements: known hashes, their snapshot, and reports.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import kafkajs, { type Message } from 'kafkajs'
import { stringify } from 'yaml'
import { registerCompressionCodecs } from '../../src/kafka/fetch/compression.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { applyTopics, wantedTopics } from '../../src/stream/topics/topics.ts'
import { BenchReports, isHitAt, reportMessage } from './bench-reports.ts'
import { knownRecords } from './known-values.ts'
import { PARTITIONS, siteSettings, snapshotFile, type Site } from './site.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
/** Known hashes in a batch: about half a MiB when compressed. */
const KNOWN_BATCH = 5_000
/** Reports in a batch of a partition, as producers that have many to send fill them: a fetch brings whole batches. */
export const REPORT_BATCH = 1_024
const IN_FLIGHT = 3
const REPORT_SEED = 11

type Target = Pick<Site, 'folder' | 'brokers' | 'reports'>

/** Publishes a set of known hashes into a topic of its own and writes its snapshot, as an operator would. */
export async function publishKnown(site: Target, topic: string, known: number): Promise<void> {
  await makeTopics(site, topic)
  await send(site, topic, kafkajs.CompressionTypes.ZSTD, inBatches(knownRecords(known), KNOWN_BATCH))
  const config = join(site.folder, `${topic}.yaml`)
  writeFileSync(config, stringify(siteSettings(site, topic)))
  const file = snapshotFile(site.folder, topic)
  await promisify(execFile)(process.execPath, [
    MAIN,
    'hashset',
    'snapshot',
    '--file',
    file,
    '--config',
    config,
  ])
}

/** Publishes reports, the same number to every partition. */
export async function publishReports(site: Target): Promise<void> {
  const made = new BenchReports(REPORT_SEED)
  function* batches(): Generator<Message[]> {
    for (let offset = 0; offset < site.reports.count / PARTITIONS; offset += REPORT_BATCH) {
      const end = Math.min(offset + REPORT_BATCH, site.reports.count / PARTITIONS)
      for (let partition = 0; partition < PARTITIONS; partition++) {
        yield Array.from({ length: end - offset }, (_, n) =>
          reportMessage(made.make(isHitAt(partition, offset + n)), partition),
        )
      }
    }
  }
  await makeTopics(site, `${site.reports.topic}-known`)
  await send(site, site.reports.topic, kafkajs.CompressionTypes.None, batches())
}

async function makeTopics(site: Target, knownTopic: string): Promise<void> {
  const { topics, kafka } = siteSettings(site, knownTopic)
  const log = new KafkaLog(kafka)
  try {
    await applyTopics(log, wantedTopics(topics, PARTITIONS), topics, 1)
  } finally {
    await log.close()
  }
}

async function send(
  { brokers }: Target,
  topic: string,
  compression: kafkajs.CompressionTypes,
  batches: Iterable<Message[]>,
): Promise<void> {
  registerCompressionCodecs()
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const waiting = new Set<Promise<void>>()
  for (const messages of batches) {
    const sent: Promise<void> = producer
      .send({ topic, acks: -1, compression, messages })
      .then(() => void waiting.delete(sent))
    waiting.add(sent)
    if (waiting.size >= IN_FLIGHT) await Promise.race(waiting)
  }
  await Promise.all(waiting)
  await producer.disconnect()
}

function* inBatches<T>(items: Iterable<T>, length: number): Generator<T[]> {
  let batch: T[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < length) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
