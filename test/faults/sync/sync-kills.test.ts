import { expect, inject, test } from 'vitest'
import { runSync } from './sync-run.ts'

test('the known set is exactly what the lists say, whenever the daemon that reads them is killed', async () => {
  const result = await runSync({ brokers: inject('kafkaBrokers'), kills: 2, seed: 1 })
  expect(result.problems).toEqual([])
  expect(result.withdrawals).toBeGreaterThan(10)
})
