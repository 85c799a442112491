// A batch as kafkajs hands it to a member of a group, in the port's form.
import { setImmediate as nextMacrotask } from 'node:timers/promises'
import { StaleBatchError, type GroupBatch } from '../log/event-log.ts'
import { explainCommitError } from './commit-errors.ts'
import type { Delivery } from './supervised-consumer.ts'
import type { TopicIncarnations } from './topic-incarnation.ts'

/**
 * With incarnations its commits tell the next owner which topic was read; a batch of a topic that was recreated
 * meanwhile commits nothing.
 */
export function groupBatch(
  { payload, fetched, generation }: Delivery,
  incarnations: TopicIncarnations | undefined,
): GroupBatch {
  const { topic, partition, records, nextOffset: end, endOffset, newestMs } = fetched
  const nextIs = (offset: number): void => payload.resolveOffset(String(offset - 1))
  const begun = incarnations?.timesBegun(fetched)
  const isStale = (): boolean => !generation.isSame || incarnations?.timesBegun(fetched) !== begun
  let hasAdvanced = false
  return {
    topic,
    partition,
    records,
    nextOffset: end,
    endOffset,
    isCurrent: () => generation.isCurrent,
    heartbeat: async () => {
      // kafkajs sends a heartbeat only now and then; else only other continuations would have a turn.
      await nextMacrotask()
      await payload.heartbeat()
    },
    advance: (nextOffset) => {
      // A later generation begins where the group has committed.
      if (isStale()) return
      hasAdvanced = true
      incarnations?.read(fetched, newestMs)
      nextIs(nextOffset)
    },
    commit: async (nextOffset, metadata) => {
      // kafkajs stamps a commit with the generation that it is in when the call is made, not with the batch's.
      // It takes up a new generation and emits the event that we count by in one run of microtasks; so at the
      // start of a macrotask the count is right, and the call below stamps before anything else can run.
      await nextMacrotask()
      if (isStale()) throw new StaleBatchError()
      // Empty metadata is that of Readers.#beginAnew: a recreated topic's beginning; nothing of it has been read.
      if (metadata !== '') incarnations?.read(fetched, newestMs)
      const stamped = metadata === '' ? '' : (incarnations?.stamp(fetched, metadata) ?? metadata)
      const offsets = { partition, offset: String(nextOffset), metadata: stamped }
      try {
        await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [offsets] }] })
      } catch (error) {
        throw explainCommitError(error)
      }
      if (!hasAdvanced) nextIs(nextOffset)
    },
  }
}
