import { expect, inject, test } from 'vitest'
import { runGateway } from './gateway-run.ts'

test('every report that a gateway has acknowledged, or the client library has taken, is in Kafka, whichever of them is killed', async () => {
  const result = await runGateway({ brokers: inject('kafkaBrokers'), kills: 3, seed: 1 })
  expect(result.problems).toEqual([])
  expect(result.acknowledged).toBeGreaterThan(0)
  expect(result.takenByClient).toBeGreaterThan(0)
})
