import fc from 'fast-check'
import { expect, test } from 'vitest'
import { choose, TABLES_STRATEGIES } from '../../../src/search/wasm/cost-model.ts'
import { StrategyCalibration } from '../../../src/search/wasm/strategy-calibration.ts'

const ROWS = 120
const SIZE = 1_000_000
const chosen = (times: StrategyCalibration) =>
  choose(SIZE, ROWS, 31, 15, (strategy) => times.factor(strategy))

test('what takes longer than the model says is left for what doesn’t, and comes back once it doesn’t either', () => {
  const times = new StrategyCalibration()
  const first = chosen(times)
  for (let n = 0; n < 16; n++) times.learn(first.strategy as 'parts', first.micros, first.micros * 2)
  const second = chosen(times)
  expect(second.strategy).not.toBe(first.strategy)
  for (let n = 0; n < 4_096; n++) times.learn(second.strategy as 'direct', second.micros, second.micros)
  expect(chosen(times).strategy).toBe(first.strategy)
})

test('a machine on which everything takes longer makes the same choices', () => {
  const times = new StrategyCalibration()
  for (let n = 0; n < 100; n++) {
    for (const strategy of TABLES_STRATEGIES) times.learn(strategy, 100, 250)
  }
  for (const rows of [1, 60, 120, 500, 4_000]) {
    const here = choose(SIZE, rows, 31, 15, (strategy) => times.factor(strategy))
    expect(here).toEqual(choose(SIZE, rows, 31, 15))
  }
})

test('whatever is measured, no way is believed to take more than three times what the model says, or less than a third', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.constantFrom(...TABLES_STRATEGIES),
          fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
        ),
      ),
      (measured) => {
        const times = new StrategyCalibration()
        for (const [strategy, micros] of measured) times.learn(strategy, 1, micros)
        for (const strategy of TABLES_STRATEGIES) {
          expect(times.factor(strategy)).toBeGreaterThanOrEqual(1 / 3)
          expect(times.factor(strategy)).toBeLessThanOrEqual(3)
        }
      },
    ),
  )
})
