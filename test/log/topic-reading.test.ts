import { expect, test } from 'vitest'
import type { LogRecord } from '../../src/log/event-log.ts'
import { TopicReading } from '../../src/log/topic-reading.ts'
import { BusyLog } from '../lists/busy-log.ts'

test('a reading that breaks off goes on behind the last record that it gave', async () => {
  const log = new BusyLog()
  await log.createTopic({ topic: 'topic', partitions: 1, config: {} })
  const write = (value: string): Promise<void> => log.produce('topic', [{ key: 'key', value }])
  await write('a')
  await write('b')
  const reading = new TopicReading(log, 'topic')
  const read: string[] = []
  const ending = new AbortController()
  const take = ({ value }: LogRecord): void => {
    read.push(String(value))
  }
  log.breakOff = { after: 1, end: () => ending.abort() }
  await expect(reading.readOn(take, ending.signal)).rejects.toThrow('aborted')
  log.breakOff = undefined
  await write('c')
  await reading.readOn(take)
  expect(read).toEqual(['a', 'b', 'c'])
  await log.close()
})
