import fc from 'fast-check'
import { createRequire } from 'node:module'
import kafkajs, { type Message } from 'kafkajs'
import { expect, test } from 'vitest'
import { murmur2 } from '../../src/kafka/murmur2.ts'
import { notingPartitioner, partitionOf } from '../../src/kafka/noting-partitioner.ts'

const require = createRequire(import.meta.url)

const partitions = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
  }))

test.each([1, 2, 6, 50])('of %s partitions a key goes to the one that kafkajs would choose', (count) => {
  const choose = notingPartitioner()
  const kafkajsChooses = kafkajs.Partitioners.DefaultPartitioner()
  for (let number = 0; number < 200; number++) {
    const message: Message = { key: `md5:${number}:source:${number}`, value: '' }
    const choice = { topic: 'known-hashes', partitionMetadata: partitions(count), message }
    const expected = kafkajsChooses(choice)
    const chosen = choose(choice)
    expect(chosen).toBe(expected)
    expect(partitionOf(message)).toBe(chosen)
  }
})

test('the hash of a key is that of kafkajs, whatever the key is', () => {
  const kafkajsHash: (
    key: string | Buffer,
  ) => number = require('kafkajs/src/producer/partitioners/default/murmur2.js')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.string({ unit: 'binary', maxLength: 60 }),
      ),
      (key) => {
        expect(murmur2(key)).toBe(kafkajsHash(key))
      },
    ),
    { numRuns: 2_000 },
  )
})
