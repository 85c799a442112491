import kafkajs, { type Message } from 'kafkajs'
import { expect, test } from 'vitest'
import { notingPartitioner, partitionOf } from '../../src/kafka/noting-partitioner.ts'

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
