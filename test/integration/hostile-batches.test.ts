import { readFileSync } from 'node:fs'
import { expect, inject, test } from 'vitest'
import type { DeadLetter } from '../../src/contract/dead-letter.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { listDeadLetters } from '../../src/stream/topics/dead-letters.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { Deployment } from './deployment.ts'
import {
  batchOf,
  hugeRecord,
  pack,
  produceBatch,
  records,
  type Codec,
  type UnpackedRecords,
} from './hostile-batches.ts'
import { Terminal } from './terminal.ts'

const random = seededRandom(11)

const NINETY_HEADERS = Array.from({ length: 90 }, () => ['a', ''] as const)

/** What a matcher may grow by: what one fetch unpacks to, its copies, and what isn't collected yet. */
const MOST_MIB = 800

const peakMib = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

async function send(
  deployment: Deployment,
  codec: Codec,
  unpacked: UnpackedRecords,
  topic: 'reports' | 'knownHashes' = 'reports',
): Promise<void> {
  const { kafka, topics } = deployment.settings
  const [broker = ''] = kafka.brokers
  await produceBatch(broker, topics[topic], batchOf(unpacked.count, codec, await pack(unpacked, codec)))
}

const deadLetters = async ({ log, settings }: Deployment): Promise<readonly DeadLetter[]> =>
  (await listDeadLetters(log, settings.topics.deadLetters)).map(({ letter }) => letter)

test.each<[string, Codec, () => UnpackedRecords]>([
  ['a record of 1.8 GB in zstd', 'zstd', () => hugeRecord(1_800)],
  ['a record of 900 MB in gzip', 'gzip', () => hugeRecord(900)],
  ['a record of 240 MB in lz4', 'lz4', () => hugeRecord(240)],
  ['90 headers in each of 20,000 records', 'snappy', () => records(20_000, undefined, NINETY_HEADERS)],
  ['200,000 empty records', 'gzip', () => records(200_000)],
])('a batch of %s is refused as a whole, and reports behind it are matched', async (_, codec, make) => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 1)
  const known = randomBalancedHash(random)
  await deployment.addKnown(knownHash('pdq', known))
  await deployment.submit(pdqReport(known, 'before'))
  const unpacked = make()
  await send(deployment, codec, unpacked)
  await deployment.submit(pdqReport(known, 'behind'))
  const matcher = await deployment.startMatcher(undefined, { threads: 1 })
  const beforeMib = peakMib(matcher.pid)
  await deployment.untilAllMatched()
  expect(await deployment.reportIdsWithHit()).toEqual(new Set(['before', 'behind']))
  const letters = await deadLetters(deployment)
  expect(letters).toMatchObject([
    { offset: 1, lastOffset: unpacked.count, reason: { code: 'batch-too-large', at: '' } },
  ])
  expect(peakMib(matcher.pid) - beforeMib).toBeLessThan(MOST_MIB)
})

test('many batches that unpack to much are read in turns, and none takes the memory of all', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 1)
  const known = randomBalancedHash(random)
  await deployment.addKnown(knownHash('pdq', known))
  for (let n = 0; n < 20; n++) await send(deployment, 'zstd', hugeRecord(80))
  await deployment.submit(pdqReport(known, 'behind'))
  const matcher = await deployment.startMatcher(undefined, { threads: 1 })
  const beforeMib = peakMib(matcher.pid)
  await deployment.untilAllMatched()
  expect(await deployment.reportIdsWithHit()).toEqual(new Set(['behind']))
  const codes = (await deadLetters(deployment)).map(({ reason }) => reason.code)
  expect(codes).toEqual(Array.from({ length: 20 }, () => 'oversized'))
  expect(peakMib(matcher.pid) - beforeMib).toBeLessThan(MOST_MIB)
})

test('a report with tens of thousands of headers is matched like any', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 1)
  const known = randomBalancedHash(random)
  await deployment.addKnown(knownHash('pdq', known))
  const report = Buffer.from(JSON.stringify(pdqReport(known, 'among-headers')))
  const headers = Array.from({ length: 60_000 }, (_, n) => [`header-${n}`, 'x'] as const)
  await send(deployment, 'none', records(1, report, headers))
  await deployment.startMatcher(undefined, { threads: 1 })
  await deployment.untilAllMatched()
  expect(await deployment.reportIdsWithHit()).toEqual(new Set(['among-headers']))
})

test('an operator sees which batch was refused, and that replaying it is of no use', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 1)
  await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
  await send(deployment, 'gzip', records(200_000))
  await deployment.startMatcher(undefined, { threads: 1 })
  await deployment.untilAllMatched()
  const terminal = new Terminal(deployment)
  const { reports } = deployment.settings.topics
  expect((await terminal.run(['dlq', 'list'])).out).toMatch(
    new RegExp(`  ${reports}/0/0 to 199999  \\d+ bytes  batch-too-large\\n$`),
  )
  expect(await terminal.run(['dlq', 'replay', '--all'])).toMatchObject({
    code: 1,
    out: expect.stringContaining('1 of whole batches, which would be refused again'),
  })
})

test('a batch that is refused in known-hashes is told of, and entries behind it are known', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 1)
  const known = randomBalancedHash(random)
  await send(deployment, 'zstd', hugeRecord(200), 'knownHashes')
  await deployment.addKnown(knownHash('pdq', known))
  await deployment.submit(pdqReport(known, 'report'))
  const matcher = await deployment.startMatcher(undefined, { threads: 1 })
  await deployment.untilAllMatched()
  expect(await deployment.reportIdsWithHit()).toEqual(new Set(['report']))
  const metrics = await (await fetch(`${matcher.url}/metrics`)).text()
  expect(metrics).toContain('hashwarden_known_rejected_total{code="batch-too-large"} 1')
})
