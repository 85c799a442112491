// Which partition kafkajs has chosen for a message: it says so nowhere, and answers come by partition.
import kafkajs from 'kafkajs'
import type { ICustomPartitioner, Message } from 'kafkajs'

/**
 * kafkajs's default partitioner, which notes its choice in the message, for `partitionOf`. It keeps to the first choice:
 * kafkajs asks again when it tries again, and without a key another partition would come out, which may be acknowledged
 * already.
 */
export const notingPartitioner: ICustomPartitioner = () => {
  const choose = kafkajs.Partitioners.DefaultPartitioner()
  return (choice) => {
    const { partitionMetadata, message } = choice
    // kafkajs hashes each key with numbers of 64 bits in JavaScript: a seventh of what an import of a list takes.
    message.partition ??= partitionMetadata.length === 1 ? partitionMetadata[0].partitionId : choose(choice)
    return message.partition
  }
}

/** The partition that a message was sent to; undefined for one that was not sent. */
export const partitionOf = ({ partition }: Pick<Message, 'partition'>): number | undefined => partition
