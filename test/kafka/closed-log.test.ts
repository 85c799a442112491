import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { LogClosedError } from '../../src/log/log-faults.ts'
import { brokerOf } from './metadata-broker.ts'

const HOLDER = new URL('closed-log-holder.ts', import.meta.url).pathname

test('readers that wait when their log is closed do not keep the process', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    HOLDER,
    await brokerOf([{ name: 'other' }]),
  ])
  expect(stdout).toBe('[]')
})

test('a log that is closed begins no reader and sends no request', async () => {
  const log = new KafkaLog({ clientId: 'test', brokers: [await brokerOf([{ name: 'topic' }])] })
  expect(await log.topics()).toEqual(['topic'])
  await log.close()
  const group = { group: 'group', topics: ['topic'], onAssigned: () => {}, onBatch: async () => {} }
  await expect(log.consume(group)).rejects.toThrow(LogClosedError)
  await expect(log.follow({ topic: 'topic', from: new Map(), onBatch: () => {} })).rejects.toThrow(
    LogClosedError,
  )
  await expect(log.topics()).rejects.toThrow(LogClosedError)
  await expect(log.produce('topic', [{ key: null, value: '' }])).rejects.toThrow(LogClosedError)
})
