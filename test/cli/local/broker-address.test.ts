// Ports for the servers that a run starts on this machine.
import { expect, test } from 'vitest'
import { freePort } from '../../../src/cli/local/broker-address.ts'

test('no two calls in a process get the same port, though no server listens on it yet', async () => {
  const ports = await Promise.all(Array.from({ length: 1_000 }, () => freePort()))
  expect(new Set(ports).size).toBe(ports.length)
})
