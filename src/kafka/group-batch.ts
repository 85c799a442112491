import { setImmediate as nextMacrotask } from 'node:timers/promises'
import type { EachBatchPayload } from 'kafkajs'
import { StaleBatchError, type GroupBatch } from '../log/event-log.ts'
import { toRecord } from './supervised-consumer.ts'
import type { TopicIncarnations } from './topic-incarnation.ts'

/** A batch as kafkajs hands it to a member of a group, in the port's form; with marks, its commits bear them. */
export function groupBatch(
  payload: EachBatchPayload,
  isCurrent: () => boolean,
  isSameGeneration: () => boolean,
  marks: TopicIncarnations | undefined,
): GroupBatch {
  const { batch } = payload
  const { topic, partition } = batch
  const records = batch.messages.map(toRecord)
  const nextIs = (offset: number): void => payload.resolveOffset(String(offset - 1))
  let hasAdvanced = false
  const newestMs = records.reduce((newest, { timestampMs }) => Math.max(newest, timestampMs), 0)
  return {
    topic,
    partition,
    records,
    endOffset: Number(batch.highWatermark),
    isCurrent,
    heartbeat: async () => {
      // kafkajs asks the group only now and then; else nothing but other continuations would have a turn.
      await nextMacrotask()
      await payload.heartbeat()
    },
    advance: (nextOffset) => {
      // A later generation begins where the group has committed.
      if (!isSameGeneration()) return
      hasAdvanced = true
      marks?.read(batch, newestMs)
      nextIs(nextOffset)
    },
    commit: async (nextOffset, metadata) => {
      // kafkajs stamps a commit with the generation that it is in when the call is made, not with the batch's.
      // It takes up a new generation and emits the event that we count by in one run of microtasks; so at the
      // start of a macrotask the count is right, and the call below stamps before anything else can run.
      await nextMacrotask()
      if (!isSameGeneration()) throw new StaleBatchError()
      // Without metadata of its own: a beginning, behind which nothing has been read.
      if (metadata !== '') marks?.read(batch, newestMs)
      const stamped = metadata === '' ? '' : (marks?.stamp(batch, metadata) ?? metadata)
      const offsets = { partition, offset: String(nextOffset), metadata: stamped }
      await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [offsets] }] })
      if (!hasAdvanced) nextIs(nextOffset)
    },
  }
}
