import { describe, expect, test } from 'vitest'
import { InFlightSends } from '../../../src/stream/live/in-flight-sends.ts'
import type { GroupBatch } from '../../../src/log/event-log.ts'
import { BatchHeartbeat } from '../../../src/stream/live/heartbeat.ts'
import { ExclusiveGate } from '../../../src/stream/live/exclusive-gate.ts'

const batch = (heartbeat: () => Promise<void>): GroupBatch => ({
  topic: 'reports',
  partition: 0,
  records: [],
  nextOffset: 0,
  endOffset: 0,
  isCurrent: () => true,
  heartbeat,
  advance: () => {},
  commit: async () => {},
})

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('sends in flight', () => {
  test('are all waited for, also when the first has failed; then the first failure is known', async () => {
    const sends = new InFlightSends(4)
    const last = Promise.withResolvers<void>()
    sends.add(Promise.reject(new Error('refused')))
    sends.add(last.promise)
    let isOver = false
    const settled = sends.settled().finally(() => {
      isOver = true
    })
    await soon()
    expect(isOver).toBe(false)
    last.resolve()
    await settled
    expect(sends.failure?.error).toEqual(new Error('refused'))
  })

  test('leave room for a number of them, and no more', async () => {
    const sends = new InFlightSends(2)
    const sent = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let hasRoom = false
    for (const { promise } of sent) {
      await sends.room()
      sends.add(promise)
    }
    const room = sends.room().finally(() => {
      hasRoom = true
    })
    await soon()
    expect(hasRoom).toBe(false)
    sent[1].resolve()
    await room
  })
})

describe('turns', () => {
  test('let work go on side by side, but for what must be alone; none is passed over', async () => {
    const turns = new ExclusiveGate()
    const inWork = new Map<number, boolean>()
    const order: number[] = []
    let greatest = 0
    const work = (n: number, alone: boolean): Promise<void> =>
      turns.run(alone, async () => {
        order.push(n)
        inWork.set(n, alone)
        greatest = Math.max(greatest, inWork.size)
        if ([...inWork.values()].includes(true)) expect(inWork.size).toBe(1)
        await soon()
        inWork.delete(n)
      })
    await Promise.all(Array.from({ length: 40 }, (_, n) => work(n, n % 5 === 3)))
    expect(order).toEqual(Array.from({ length: 40 }, (_, n) => n))
    expect(greatest).toBe(4)
  })

  test('go on after work that failed', async () => {
    const turns = new ExclusiveGate()
    await expect(turns.run(true, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(await turns.run(true, async () => 1)).toBe(1)
  })
})

describe('the pulse of a batch', () => {
  test('ends when the group answers with an error, and tells it only when it is asked', async () => {
    const pulse = new BatchHeartbeat(batch(() => Promise.reject(new Error('rebalancing'))))
    expect(await pulse.beat()).toBe(false)
    expect(await pulse.during(Promise.resolve(1))).toBe(1)
    expect(() => pulse.check()).toThrow('rebalancing')
  })

  test('goes on while work takes longer than the group would wait', async () => {
    let signs = 0
    const pulse = new BatchHeartbeat(
      batch(async () => {
        signs++
      }),
    )
    await pulse.during(new Promise<void>((resolve) => setTimeout(resolve, 2_500)))
    expect(signs).toBeGreaterThanOrEqual(2)
    pulse.check()
  })
})
