import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { AgeGauge } from '../../src/telemetry/age-gauge.ts'

test('an age grows while nothing happens, is 0 where there is none, and ends with its series', async () => {
  const registry = new Registry()
  const gauge = new AgeGauge({
    name: 'age_seconds',
    help: 'Age',
    labelNames: ['partition'],
    registers: [registry],
  })
  let nowMs = 10_000
  const clock = (): number => nowMs
  gauge.set({ labels: { partition: 0 }, clock, sinceMs: 8_000 })
  gauge.set({ labels: { partition: 1 }, clock, sinceMs: undefined })
  // A record of a broker whose clock is ahead.
  gauge.set({ labels: { partition: 2 }, clock, sinceMs: 11_000 })
  const ages = async (): Promise<unknown> =>
    (await registry.getSingleMetric('age_seconds')?.get())?.values.map(({ value }) => value)
  expect(await ages()).toEqual([2, 0, 0])
  nowMs = 20_000
  expect(await ages()).toEqual([12, 0, 9])
  gauge.set({ labels: { partition: 0 }, clock, sinceMs: 19_500 })
  gauge.remove({ partition: 1 })
  expect(await ages()).toEqual([0.5, 9])
})
