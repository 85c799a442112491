import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { isInMetadata } from '../../src/kafka/broker-metadata.ts'
import { brokerOf, LEADER_NOT_AVAILABLE } from './metadata-broker.ts'

const portOf = (address: string): number => Number(address.split(':')[1])

test('a broker that names itself in its cluster is up', async () => {
  expect(await isInMetadata('127.0.0.1', portOf(await brokerOf([{ name: 'reports' }])))).toBe(true)
})

test('a broker that answers and is not in its cluster yet is not up', async () => {
  expect(await isInMetadata('127.0.0.1', portOf(await brokerOf([], 1)))).toBe(false)
})

test('a broker is up although a partition has no leader', async () => {
  const address = await brokerOf([{ name: 'half', partitionError: LEADER_NOT_AVAILABLE }])
  expect(await isInMetadata('127.0.0.1', portOf(address))).toBe(true)
})

test('a port that nothing listens at, or where connections are closed, is no broker', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  onTestFinished(() => void server.close())
  expect(await isInMetadata('127.0.0.1', port)).toBe(false)
  server.close()
  await once(server, 'close')
  expect(await isInMetadata('127.0.0.1', port)).toBe(false)
})
