// Which partition kafkajs has chosen for a message: it says so nowhere, and answers come by partition.
import kafkajs from 'kafkajs'
import type { ICustomPartitioner, Message } from 'kafkajs'
import { murmur2 } from './murmur2.ts'

/**
 * kafkajs's default partitioner, but for its slow hash of keys, which notes its choice in the message, for `partitionOf`. It keeps to the first choice:
 * kafkajs asks again when it tries again, and without a key another partition would come out, which may be acknowledged
 * already.
 */
export const notingPartitioner: ICustomPartitioner = () => {
  const choose = kafkajs.Partitioners.DefaultPartitioner()
  return (choice) => {
    const { partitionMetadata, message } = choice
    const { length: count } = partitionMetadata
    message.partition ??=
      count === 1
        ? partitionMetadata[0].partitionId
        : typeof message.key === 'string' || Buffer.isBuffer(message.key)
          ? positive(murmur2(message.key)) % count
          : choose(choice)
    return message.partition
  }
}

/** As Kafka's clients make it. */
const positive = (hash: number): number => hash & 0x7fffffff

/** The partition that a message was sent to; undefined for one that was not sent. */
export const partitionOf = ({ partition }: Pick<Message, 'partition'>): number | undefined => partition
