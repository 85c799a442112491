// What the gateway knows of Kafka.
import { expect, test, vi } from 'vitest'
import { createTelemetry } from '../../src/cli/match-service.ts'
import { KafkaState } from '../../src/gateway/kafka-state.ts'
import { kafkaHealth } from '../../src/kafka/kafka-health.ts'

function stateOf(look: () => Promise<unknown>) {
  const telemetry = createTelemetry('silent')
  const listener = kafkaHealth(telemetry)
  const { health } = telemetry
  return { kafka: new KafkaState({ look, listener, health }), listener, health }
}

test('from the start until a look has found Kafka it is away', async () => {
  const found = Promise.withResolvers<void>()
  const { kafka, health } = stateOf(() => found.promise)
  kafka.start()
  expect(kafka.isAway).toBe(true)
  found.resolve()
  await vi.waitFor(() => expect(kafka.isAway).toBe(false))
  expect(health.isReady).toBe(true)
})

test('what fails besides writing, such as a reader, keeps no report away', async () => {
  const { kafka, listener } = stateOf(async () => {})
  kafka.start()
  await vi.waitFor(() => expect(kafka.isAway).toBe(false))
  listener.onFailure(new Error('A reader has no right to its group.'))
  expect(kafka.isAway).toBe(false)
})

test('a reader that works again does not end an outage of writing', async () => {
  const { kafka, listener } = stateOf(() => new Promise(() => {}))
  kafka.start()
  listener.onRecovery()
  expect(kafka.isAway).toBe(true)
  await kafka.stop()
})

test('it stops at once, in the middle of a look that brokers do not answer', async () => {
  const { kafka } = stateOf(() => new Promise(() => {}))
  kafka.start()
  await kafka.stop()
  expect(kafka.isAway).toBe(true)
})
