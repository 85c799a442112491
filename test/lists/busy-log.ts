// A log to which others write, too, and at the worst moment.
import type { Consumption, FollowOptions, PartitionOffsets } from '../../src/log/event-log.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'

export class BusyLog extends MemoryLog {
  /** What another writer does just before the next write, once. */
  meanwhile: (() => Promise<void>) | undefined

  /** Set while Kafka does not say where a topic ends. */
  isSilent = false
  /** Readers get this number of records and no more; then this is called. */
  breakOff: { readonly after: number; readonly end: () => void } | undefined

  override async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    if (this.isSilent) throw new Error('The broker does not answer')
    return super.offsets(topic)
  }

  override async follow({ onBatch, ...options }: FollowOptions): Promise<Consumption> {
    const { breakOff } = this
    if (!breakOff) return super.follow({ ...options, onBatch })
    return super.follow({
      ...options,
      onBatch: async (batch) => {
        const records = batch.records.slice(0, breakOff.after)
        await onBatch({ ...batch, records, nextOffset: (records.at(-1)?.offset ?? -1) + 1 })
        breakOff.end()
      },
    })
  }

  override async produce(...asked: Parameters<MemoryLog['produce']>): Promise<void> {
    const { meanwhile } = this
    this.meanwhile = undefined
    await meanwhile?.()
    await super.produce(...asked)
  }
}
