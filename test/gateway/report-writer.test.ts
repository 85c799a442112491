// Requests share calls to Kafka.
import { expect, test } from 'vitest'
import { ReportRecord, ReportWriter } from '../../src/gateway/report-writer.ts'
import { HeldLog } from './held-log.ts'
import { REPORTS, writtenIn } from './gateway-in-memory.ts'

async function open() {
  const log = new HeldLog()
  await log.createTopic({ topic: REPORTS, partitions: 2, config: {} })
  return { log, writer: new ReportWriter(log) }
}

const recordsOf = (...ids: readonly string[]): readonly ReportRecord[] =>
  ids.map((id) => new ReportRecord(id, JSON.stringify({ id }), {}))

const large = (n: number): readonly ReportRecord[] =>
  Array.from(
    { length: 40 },
    (_, at) => new ReportRecord(`${n}-${at}`, JSON.stringify('x'.repeat(16_000)), {}),
  )

test('requests that come while calls are under way go together with the next one', async () => {
  const { log, writer } = await open()
  log.hold()
  const writes = Array.from({ length: 40 }, (_, n) => writer.write(REPORTS, recordsOf(`${n}`)))
  expect(log.calls).toBe(3)
  log.release()
  await Promise.all(writes)
  expect(log.calls).toBe(4)
  expect(await writtenIn(log, REPORTS)).toHaveLength(40)
})

test('large requests are not put into one call, and each record is written once', async () => {
  const { log, writer } = await open()
  log.hold()
  const writes = Array.from({ length: 6 }, (_, n) => writer.write(REPORTS, large(n)))
  log.release()
  await Promise.all(writes)
  expect(log.calls).toBe(6)
  expect(new Set((await writtenIn(log, REPORTS)).map(({ key }) => key)).size).toBe(240)
})

test('of requests in a call that fails, one whose records were all written is acknowledged, the others are not', async () => {
  const { log, writer } = await open()
  log.hold()
  const held = Array.from({ length: 3 }, (_, n) => writer.write(REPORTS, recordsOf(`held-${n}`)))
  const [first, second] = [recordsOf('a', 'b'), recordsOf('c', 'd')]
  const writes = [writer.write(REPORTS, first), writer.write(REPORTS, second)]
  log.failure = new Error('The leader has moved.')
  log.written = 3
  log.release()
  // Each of these had one record: it was written, and the failure is nothing to it.
  await Promise.all(held)
  const [one, other] = await Promise.allSettled(writes)
  expect(one.status).toBe('fulfilled')
  expect(other.status).toBe('rejected')
  expect(second.map(({ isWritten }) => isWritten)).toEqual([true, false])
})

test('no records need no call', async () => {
  const { log, writer } = await open()
  await writer.write(REPORTS, [])
  expect(log.calls).toBe(0)
})
