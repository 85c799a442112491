import { expect, test } from 'vitest'
import type { Consumption } from '../../src/log/event-log.ts'
import { LogClosedError } from '../../src/log/log-faults.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { readRange } from '../../src/log/read-to-end.ts'
import { eventually } from '../fixtures/eventually.ts'

/** Its readers bring nothing, as one of Kafka that has not joined its group yet. */
class QuietLog extends MemoryLog {
  readers = 0

  override async follow(): Promise<Consumption> {
    this.readers++
    return {
      stop: async () => {
        this.readers--
      },
    }
  }
}

test('a range is read no further once its log is closed, and no other reader is left behind', async () => {
  const log = new QuietLog()
  await log.createTopic({ topic: 'topic', partitions: 1, config: {} })
  const read = (): Promise<void> => readRange(log, 'topic', new Map([[0, { from: 0, to: 1 }]]), () => {})
  const reading = expect(read()).rejects.toThrow(LogClosedError)
  await eventually(async () => log.readers === 1)
  await log.close()
  await reading
  await expect(read()).rejects.toThrow(LogClosedError)
  expect(log.readers).toBe(0)
})
