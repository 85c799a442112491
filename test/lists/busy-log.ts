// A log to which others write, too, and at the worst moment.
import { MemoryLog } from '../../src/log/memory-log.ts'

export class BusyLog extends MemoryLog {
  /** What another writer does just before the next write, once. */
  meanwhile: (() => Promise<void>) | undefined

  override async produce(...asked: Parameters<MemoryLog['produce']>): Promise<void> {
    const { meanwhile } = this
    this.meanwhile = undefined
    await meanwhile?.()
    await super.produce(...asked)
  }
}
