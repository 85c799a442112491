// Topics whose offsets are not dense, as Kafka makes them: compaction of idempotent producers' batches, transactions.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import type { Report } from '../../src/contract/report.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { readRange, type OffsetRange } from '../../src/log/read-to-end.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'
import { withProducer } from './foreign-producer.ts'
import { Terminal } from './terminal.ts'

const random = seededRandom(14)
const SEGMENT_MS = 200

const entries = (count: number): KnownHash[] =>
  Array.from({ length: count }, () => knownHash('pdq', randomBalancedHash(random)))

const asMessages = (some: readonly KnownHash[]) =>
  some.map((entry) => ({ key: knownHashKey(entry), value: encodeKnownHash(entry) }))

/** Whether known-hashes holds a record at one of these offsets. */
async function holdsRecordFrom({ log, settings }: Deployment, range: OffsetRange): Promise<boolean> {
  let count = 0
  await readRange(log, settings.topics.knownHashes, new Map([[0, range]]), () => count++)
  return count > 0
}

/** An entry takes 444 bytes: these and the replaced ones fit into one segment, and nothing fits into what is left of it. */
const KEPT = 1_500
const REPLACED = 500
const LATER = 1_500
const SEGMENT_BYTES = 2 ** 20

/** Known-hashes with a cleaned segment that ends with an empty batch; its entries. */
async function compact(deployment: Deployment): Promise<readonly KnownHash[]> {
  const { log, settings } = deployment
  const topic = settings.topics.knownHashes
  await log.alterTopic({ topic, partitions: 1, config: { 'segment.bytes': String(SEGMENT_BYTES) } })
  const known = entries(KEPT + REPLACED + LATER)
  // Kafka keeps the last batch of such a producer, if need be as an empty one.
  await withProducer(deployment, {}, async (producer) => {
    for (let n = 0; n < KEPT + REPLACED; n += REPLACED)
      await producer.send({ topic, messages: asMessages(known.slice(n, n + REPLACED)) })
  })
  const [{ end }] = await log.offsets(topic)
  const config = {
    'segment.ms': String(SEGMENT_MS),
    'min.cleanable.dirty.ratio': '0.01',
    'max.compaction.lag.ms': '1',
  }
  await log.alterTopic({ topic, partitions: 1, config })
  await sleep(2 * SEGMENT_MS)
  // Not compressed, as hashwarden's own writes are: these must not fit in.
  await withProducer(deployment, { idempotent: false }, async (producer) => {
    for (let n = KEPT; n < known.length; n += REPLACED)
      await producer.send({ topic, messages: asMessages(known.slice(n, n + REPLACED)) })
  })
  // A segment is closed by a record that comes after its time, and cleaned once it is closed. Reading shows that: the
  // offsets before the last batch are still there, and those of it are not.
  await eventually(async () => {
    await sleep(2 * SEGMENT_MS)
    await deployment.addKnown(known[KEPT])
    return !(await holdsRecordFrom(deployment, { from: end - REPLACED, to: end }))
  })
  return known
}

test('a compacted known-hashes with empty batches is read to its end: by a start, an import and a snapshot', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 1)
  const known = await compact(deployment)
  await deployment.submit(...known.slice(-50).map(({ value }, n) => pdqReport(value, `report-${n}`)))
  await deployment.startMatcher()
  await deployment.untilAllMatched()
  expect((await deployment.reportIdsWithHit()).size).toBe(50)

  const terminal = new Terminal(deployment)
  const list = join(deployment.folder, 'list.txt')
  writeFileSync(list, known.map(({ value }) => `pdq ${value}\n`).join(''))
  const importing = ['hashset', 'import', list, '--source', 'other-list', '--classification', 'test:A1']
  expect(await terminal.run(importing)).toMatchObject({ code: 0, out: expect.stringContaining('3500 added') })
  const file = join(deployment.folder, 'known.snapshot')
  expect(await terminal.run(['hashset', 'snapshot', '--file', file])).toMatchObject({ code: 0 })
})

/** Sends reports in transactions of their own, the last of which is aborted. */
const sendInTransactions = (
  deployment: Deployment,
  committed: readonly (readonly Report[])[],
  aborted: readonly Report[],
): Promise<void> =>
  withProducer(
    deployment,
    { transactionalId: `platform-${deployment.settings.match.group}` },
    async (producer) => {
      for (const reports of [...committed, aborted]) {
        const transaction = await producer.transaction()
        await transaction.send({
          topic: deployment.settings.topics.reports,
          messages: reports.map((report) => ({ key: report.reportId, value: JSON.stringify(report) })),
        })
        await (reports === aborted ? transaction.abort() : transaction.commit())
      }
    },
  )

test('commits go on over markers and aborted reports by themselves, up to the end of every partition', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const [{ value }] = await addOne(deployment)
  const report = (id: string): Report => pdqReport(value, id)
  await deployment.startMatcher()
  const ids = Array.from({ length: 30 }, (_, n) => `report-${n}`)
  await sendInTransactions(
    deployment,
    [ids.slice(0, 10), ids.slice(10)].map((some) => some.map(report)),
    ['aborted-1', 'aborted-2', 'aborted-3', 'aborted-4'].map(report),
  )
  // All partitions end with a marker: without canaries nothing but the marker would move a commit.
  await deployment.untilAllMatched()
  expect(await deployment.reportIdsWithHit()).toEqual(new Set(ids))
})

async function addOne(deployment: Deployment): Promise<readonly KnownHash[]> {
  const known = entries(1)
  await deployment.addKnown(...known)
  return known
}

test('a partition with markers is not taken for a recreated one', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 1)
  const [{ value }] = await addOne(deployment)
  const matcher = await deployment.startMatcher()
  // Its owner asks the log about it every second.
  for (let n = 0; n < 5; n++) {
    await sendInTransactions(deployment, [[pdqReport(value, `report-${n}`)]], [pdqReport(value, 'aborted')])
    await deployment.untilAllMatched()
    await sleep(1_500)
  }
  const hits = await deployment.hits()
  expect(hits.map(({ report }) => report.reportId)).toEqual(
    Array.from({ length: 5 }, (_, n) => `report-${n}`),
  )
  const metrics = await (await fetch(`${matcher.url}/metrics`)).text()
  expect(metrics).toMatch(/hashwarden_kafka_failures_total 0|hashwarden_kafka_connection_failures_total 0/)
})

test('an open transaction that holds up a reader is told of, and so is its end', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 1)
  const { settings } = deployment
  const topic = settings.topics.reports
  const stalled: string[][] = []
  const log = new KafkaLog({
    ...settings.kafka,
    stalledAfterMs: 1_000,
    listener: { onStalled: (partitions) => stalled.push([...partitions].map((at) => at.join(' '))) },
  })
  try {
    const read: number[] = []
    await log.follow({
      topic,
      from: 'earliest',
      onBatch: ({ records }) => void read.push(...records.map(({ offset }) => offset)),
    })
    const transactionalId = `slow-${settings.match.group}`
    await withProducer(deployment, { transactionalId }, async (producer) => {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: 'held back' }] })
      await eventually(async () => stalled.length > 0)
      expect(read).toEqual([])
      await transaction.commit()
    })
    await eventually(async () => stalled.length > 1 && read.length > 0)
    expect(read).toEqual([0])
    expect(stalled).toEqual([[expect.stringContaining(`${topic}/0 at offset 0 of 1`)], []])
    expect(stalled[0]).toEqual([expect.stringContaining('a transaction is open')])
  } finally {
    await log.close()
  }
})
