import { expect, inject, test } from 'vitest'
import { runReview } from './review-run.ts'

test('each hit is stored once, and no decision is lost or doubled, whatever of the review service is killed', async () => {
  const result = await runReview({ brokers: inject('kafkaBrokers'), kills: 3, seed: 1 })
  expect(result.problems).toEqual([])
  expect(result.hits).toBeGreaterThan(100)
  expect(result.decisions).toBeGreaterThan(10)
})
