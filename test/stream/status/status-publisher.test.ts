import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { decodeStatus, type Status } from '../../../src/contract/status.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { AccessRefusedError } from '../../../src/log/log-faults.ts'
import type { LossyWriter } from '../../../src/log/lossy-writer.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { StatusPublisher, type StatusPublisherOptions } from '../../../src/stream/status/status-publisher.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { KAFKA_PART } from '../../../src/telemetry/health-parts.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { reviewing } from '../../fixtures/statuses.ts'

/** A publisher that says something every 20 ms, and the lines of its log. */
function publisher(writer: LossyWriter, differing: Partial<StatusPublisherOptions> = {}) {
  const lines: string[] = []
  const health = new Health()
  const status = new StatusPublisher({
    writer,
    topic: 'status',
    role: 'review',
    version: '1.2.3',
    health,
    logger: pino({ level: 'info' }, { write: (line: string) => lines.push(line) }),
    ofRole: async () => ({ review: reviewing({ openCases: 2 }) }),
    everyMs: 20,
    ...differing,
  })
  onTestFinished(() => status.stop())
  status.start()
  return { status, health, lines }
}

async function topicInMemory() {
  const log = new MemoryLog()
  onTestFinished(() => log.close())
  await log.createTopic({ topic: 'status', partitions: 1, config: {} })
  const read = async (): Promise<readonly Status[]> => {
    const statuses: Status[] = []
    await readToEnd(log, 'status', ({ value }) => {
      const status = decodeStatus(value)
      if (status instanceof Rejection) throw new Error(status.toString())
      statuses.push(status)
    })
    return statuses
  }
  return { log, read }
}

/** A writer for a topic that takes nothing. */
const refusing = (write: () => Promise<void>): LossyWriter => ({ write, close: async () => {} })

test('a process says again and again what it is and how it is, and lastly that it stops', async () => {
  const { log, read } = await topicInMemory()
  const { status } = publisher(log.openLossy())
  await eventually(async () => (await read()).length > 2)
  await status.stop()
  const all = await read()
  expect(all.map(({ number }) => number)).toEqual(all.map((_, index) => index))
  expect(new Set(all.map((one) => one.process)).size).toBe(1)
  expect(all.slice(0, -1).every(({ state }) => state === 'running')).toBe(true)
  expect(all.at(-1)).toMatchObject({
    role: 'review',
    version: '1.2.3',
    pid: process.pid,
    state: 'stopping',
    ready: true,
    review: { openCases: 2 },
  })
  expect(all[0].cpuCores).toBeUndefined()
  expect(all.at(-1)?.cpuCores).toBeGreaterThanOrEqual(0)
})

test('a process says why it is not ready, part by part, and of its last error the class and codes alone', async () => {
  const { log, read } = await topicInMemory()
  const { health, status } = publisher(log.openLossy())
  health.waitFor('thread 2: canaries', 'not found\u001b[2J')
  health.waitFor('known-set', 'not read yet')
  health.failed(
    new AccessRefusedError('Kafka refuses secret-user', {
      cause: Object.assign(new Error('secret-host'), { code: 'ECONNREFUSED' }),
    }),
  )
  await status.stop()
  const last = (await read()).at(-1)
  expect(last).toMatchObject({
    ready: false,
    waitingFor: [
      { code: 'canaries', thread: 2, why: 'not found [2J' },
      { code: 'known-set', why: 'not read yet' },
    ],
    lastError: { error: expect.stringMatching(/^AccessRefusedError \(.*ECONNREFUSED\)$/) },
  })
  expect(JSON.stringify(last)).not.toContain('secret')
})

test('a topic that takes no status is one line in the log, and an outage of Kafka none', async () => {
  let attempts = 0
  const { lines, health } = publisher(
    refusing(async () => {
      attempts++
      throw new AccessRefusedError('secret-words')
    }),
  )
  await eventually(async () => lines.length > 0, undefined, 5)
  const before = attempts
  await eventually(async () => attempts > before + 5, undefined, 5)
  expect(lines).toEqual([expect.stringContaining('can’t be published')])
  expect(lines[0]).toContain('AccessRefusedError')
  expect(lines[0]).not.toContain('secret')
  expect(health.isReady).toBe(true)

  const away = new Health()
  away.waitFor(KAFKA_PART, 'not reached')
  let tries = 0
  const { lines: quiet } = publisher(
    refusing(async () => {
      tries++
      throw new Error('away')
    }),
    { health: away },
  )
  await eventually(async () => tries > 8, undefined, 5)
  expect(quiet).toEqual([])
})

test('while a record is on its way no other is made, and a broker that hangs does not hold up the end', async () => {
  let asked = 0
  const { status } = publisher(
    refusing(() => new Promise<void>(() => {})),
    {
      ofRole: async () => {
        asked++
        return {}
      },
    },
  )
  await sleep(200)
  expect(asked).toBe(1)
  await status.stop()
})

test('a role that can’t say how it is breaks nothing', async () => {
  let asked = 0
  const { lines } = publisher(
    refusing(async () => {}),
    {
      ofRole: () => {
        asked++
        return Promise.reject(new TypeError('A fault'))
      },
    },
  )
  await eventually(async () => asked > 5, undefined, 5)
  expect(lines).toEqual([expect.stringContaining('TypeError')])
})
