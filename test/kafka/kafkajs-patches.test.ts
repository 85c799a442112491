// What must be checked before another version of kafkajs is taken: hashwarden depends on its inside.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { checkVersion, patchKafkajs, sortedInOnePass } from '../../src/kafka/kafkajs-patches.ts'

const require = createRequire(import.meta.url)
const PACKAGE = dirname(require.resolve('kafkajs/package.json'))
const source = (path: string): string => readFileSync(join(PACKAGE, 'src', path), 'utf8')

const MODULES: Readonly<Record<string, string>> = {
  // Its fetch is wrapped; it makes the Batch whose rawMessages are taken over, and says when it resets an offset.
  'consumer/consumerGroup.js': 'f3e461738585a8dc',
  'consumer/batch.js': '04ee865724744159',
  // What it asks of a batch, and in which run of microtasks a generation is taken up: see group-batch.ts.
  'consumer/runner.js': 'fad3247df2e3ba48',
  // Where its fetchers are made anew while it stops.
  'consumer/fetchManager.js': '9a07c96b6150d654',
  'consumer/fetcher.js': 'a9418ebe7cffdbac',
  'consumer/offsetManager/index.js': 'bd1041968ae32232',
  // Its admin clients are made to tell ends as written.
  'index.js': '38d0022e448f0aaa',
  // Their response's decode is replaced.
  'protocol/requests/index.js': 'fd26a30565d7f0c1',
  'protocol/requests/fetch/index.js': 'b0961e16fca52023',
  'protocol/requests/fetch/v0/response.js': 'd2113e87d8609a79',
  'protocol/requests/fetch/v4/response.js': 'e854933fa63e3b4b',
  'protocol/requests/fetch/v5/response.js': '1e58c4d4cbbaf6c6',
  'protocol/requests/fetch/v7/response.js': '4ae978ae62b17c7d',
  'protocol/requests/fetch/v8/response.js': 'e7324cd257fe0086',
  'protocol/requests/fetch/v11/response.js': '9cb972647500104e',
  // The requests' encode is replaced; that of the message around it takes what it returns, and groupMessagesPerPartition an
  // array with a `reduce` of its own.
  'producer/messageProducer.js': '529636e6ab99b297',
  'producer/groupMessagesPerPartition.js': 'ea72357721fbf677',
  'protocol/request.js': '2270900ca6474026',
  'protocol/encoder.js': '9977889e184a9e91',
  'protocol/message/compression/index.js': '666ec6400225fe90',
  'protocol/requests/produce/v3/request.js': '993a3db997827088',
  'protocol/requests/produce/v7/request.js': 'bc64c2f2d7feb31a',
  // Their response's parse is wrapped, and sendMessages takes what it returns.
  'producer/sendMessages.js': '8a120e6993955e04',
  'protocol/requests/produce/index.js': '789abc7e1c33a99e',
  'protocol/requests/produce/v0/response.js': '9eb0750145a86da6',
  'protocol/requests/produce/v3/response.js': '2f36048c7ca33a69',
  'protocol/requests/produce/v7/response.js': '0f806f21fcdbfadd',
  // Its response's parse is wrapped where all topics are asked for, and what then comes of partitions without a leader.
  'protocol/requests/metadata/index.js': '9db984ef0bbcd73a',
  'protocol/requests/metadata/v0/response.js': '9a1cbcfd0ac174b2',
  'protocol/requests/metadata/v6/response.js': '08626a1a2f73fbb4',
  'cluster/index.js': '3831a6845e4e9fb0',
  'cluster/brokerPool.js': '9994863e891ac2ab',
  // What its log says of an answer that is an error, and when.
  'network/connection.js': '2a993b2e74421ca6',
  'protocol/error.js': '8911e3226a8aebdd',
}

test.each(Object.entries(MODULES))(
  'kafkajs’s %s is the one that its patches were written for',
  (path, digest) => {
    expect(createHash('sha256').update(source(path)).digest('hex').slice(0, 16)).toBe(digest)
  },
)

test('another version of kafkajs is refused at the first connection, with what to do', () => {
  expect(() => checkVersion(require('kafkajs/package.json').version)).not.toThrow()
  expect(() => checkVersion('2.2.5')).toThrow(/kafkajs is 2\.2\.5.*npm ci.*kafkajs-patches\.ts/)
})

test('nothing but the patches reaches into kafkajs', () => {
  const src = new URL('../../src/', import.meta.url).pathname
  const reaching = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && readFileSync(join(src, file), 'utf8').includes("'kafkajs/"),
  )
  expect(reaching).toEqual(['kafka/kafkajs-patches.ts'])
})

/** What the test uses of kafkajs's runner of a consumer. */
interface Runner {
  readonly fetchManager: { start(): Promise<void> }
}

test('fetchers that are made while their consumer has stopped end, and leave the process to its other work', async () => {
  patchKafkajs()
  const KafkajsRunner: new (options: object) => Runner = require('kafkajs/src/consumer/runner.js')
  const logger = { namespace: () => logger, debug() {}, info() {}, warn() {}, error() {} }
  let looks = 0
  const getNodeIds = (): readonly number[] => {
    // Without an end they would look again and again, and no timer of this process would run any more.
    if (++looks > 1_000) throw new Error('The fetchers go on')
    return [1, 2]
  }
  // It isn't running. kafkajs starts them in this state where leaders change while a consumer stops.
  const runner = new KafkajsRunner({ logger, consumerGroup: { getNodeIds }, concurrency: 1 })
  await runner.fetchManager.start()
  expect(looks).toBeLessThan(10)
})

interface Grouping {
  readonly topic: string
  readonly partitionMetadata: readonly object[]
  readonly messages: readonly number[]
  readonly partitioner: (choice: { readonly message: number }) => number
}

test('kafkajs sorts the messages of a call by partition as before, and copies none of them', () => {
  const group: (
    grouping: Grouping,
  ) => Record<string, number[]> = require('kafkajs/src/producer/groupMessagesPerPartition.js')
  const numbers = Array.from({ length: 500 }, (_, number) => number)
  const about = {
    topic: 'known-hashes',
    partitionMetadata: [{}],
    partitioner: ({ message }: { readonly message: number }) => (message * 7) % 12,
  }
  const sorted = group({ ...about, messages: sortedInOnePass([...numbers]) })
  expect(sorted).toEqual(group({ ...about, messages: numbers }))

  let copied = 0
  const counting = sortedInOnePass([...numbers])
  counting.reduce<Record<string, readonly number[]>>((groups, message) => {
    copied += Object.values(groups).flat().length
    return { ...groups, 0: [...(groups[0] ?? []), message] }
  }, {})
  expect(copied).toBe(0)
})
