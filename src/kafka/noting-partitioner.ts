// Which partition kafkajs has chosen for a message: it says so nowhere, and answers come by partition.
import kafkajs from 'kafkajs'
import type { ICustomPartitioner } from 'kafkajs'

/** The partition that was chosen for a message. */
const chosen = new WeakMap<object, number>()

/**
 * kafkajs's default partitioner, which notes its choice for `partitionOf`. It keeps to the first choice: kafkajs asks again
 * when it tries again, and without a key another partition would come out, which may be acknowledged already.
 */
export const notingPartitioner: ICustomPartitioner = () => {
  const choose = kafkajs.Partitioners.DefaultPartitioner()
  return (choice) => {
    const { partitionMetadata } = choice
    // kafkajs hashes each key with numbers of 64 bits in JavaScript: a seventh of what an import of a list takes.
    const partition =
      chosen.get(choice.message) ??
      (partitionMetadata.length === 1 ? partitionMetadata[0].partitionId : choose(choice))
    chosen.set(choice.message, partition)
    return partition
  }
}

/** The partition that a message was sent to; undefined for one that was not sent. */
export const partitionOf = (message: object): number | undefined => chosen.get(message)
