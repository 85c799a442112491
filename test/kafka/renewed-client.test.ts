import kafkajs, { type Admin } from 'kafkajs'
import { expect, test } from 'vitest'
import { LogClosedError } from '../../src/log/log-faults.ts'
import { RenewedClient } from '../../src/kafka/renewed-client.ts'

const GONE = (): Error =>
  new kafkajs.KafkaJSProtocolError(
    Object.assign(new Error('no such topic'), {
      type: 'UNKNOWN_TOPIC_OR_PARTITION',
      code: 3,
      retriable: true,
    }),
  )

/** Clients of kafkajs that are not connected, and what was called on them in order. */
function clients({ refusals = 0 } = {}) {
  const calls: string[] = []
  let made = 0
  const renewed = new RenewedClient<Admin>(() => {
    const name = ++made
    const client = new kafkajs.Kafka({ brokers: ['127.0.0.1:1'] }).admin()
    return Object.assign(client, {
      connect: async () => {
        calls.push(`connect ${name}`)
        if (name <= refusals) throw new Error('no broker')
      },
      disconnect: async () => void calls.push(`disconnect ${name}`),
    })
  })
  return { renewed, calls }
}

test('one client serves all calls, and is disconnected at the end', async () => {
  const { renewed, calls } = clients()
  expect(await Promise.all([1, 2, 3].map((n) => renewed.use(async () => n)))).toEqual([1, 2, 3])
  await renewed.close()
  expect(calls).toEqual(['connect 1', 'disconnect 1'])
})

test('a failed connection is not kept: the next call connects again', async () => {
  const { renewed, calls } = clients({ refusals: 1 })
  await expect(renewed.use(async () => 'done')).rejects.toThrow('no broker')
  expect(await renewed.use(async () => 'done')).toBe('done')
  expect(calls).toEqual(['connect 1', 'connect 2'])
})

test('work that fails for a deleted topic is done once more by a new client, and no third time', async () => {
  const { renewed, calls } = clients()
  let attempts = 0
  expect(await renewed.use(async () => (++attempts === 1 ? Promise.reject(GONE()) : attempts))).toBe(2)
  expect(calls).toEqual(['connect 1', 'disconnect 1', 'connect 2'])
  await expect(renewed.use(() => Promise.reject(GONE()))).rejects.toThrow('no such topic')
})

test('any other failure is the caller’s: the client stays', async () => {
  const { renewed, calls } = clients()
  await expect(renewed.use(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
  expect(await renewed.use(async () => 'done')).toBe('done')
  expect(calls).toEqual(['connect 1'])
})

test('a client that was replaced stays connected until its last call in flight ends', async () => {
  const { renewed, calls } = clients()
  const inFlight = Promise.withResolvers<string>()
  const slow = renewed.use(() => inFlight.promise)
  let attempts = 0
  await renewed.use(async () => (++attempts === 1 ? Promise.reject(GONE()) : attempts))
  expect(calls).toEqual(['connect 1', 'connect 2'])
  inFlight.resolve('late')
  expect(await slow).toBe('late')
  expect(calls).toEqual(['connect 1', 'connect 2', 'disconnect 1'])
  await renewed.close()
  expect(calls.at(-1)).toBe('disconnect 2')
})

test('a client that is closed lets its calls in flight end before it disconnects, and takes no more', async () => {
  const { renewed, calls } = clients()
  const inFlight = Promise.withResolvers<string>()
  const slow = renewed.use(() => inFlight.promise)
  await renewed.use(async () => {})
  const closing = renewed.close()
  await expect(renewed.use(async () => 'late')).rejects.toThrow(LogClosedError)
  expect(calls).toEqual(['connect 1'])
  inFlight.resolve('done')
  expect(await slow).toBe('done')
  await closing
  expect(calls).toEqual(['connect 1', 'disconnect 1'])
})

test('a client that is still to be replaced when it is closed leaves no connection open', async () => {
  const { renewed, calls } = clients()
  const inFlight = Promise.withResolvers<string>()
  const slow = renewed.use(() => inFlight.promise)
  await renewed.use(async () => {})
  const closing = renewed.close()
  inFlight.reject(GONE())
  await expect(slow).rejects.toThrow('no such topic')
  await closing
  expect(calls).toEqual(['connect 1', 'disconnect 1', 'connect 2', 'disconnect 2'])
})
