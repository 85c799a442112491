// What the simulation is worth: faults that we put in on purpose are found.
import { expect, test } from 'vitest'
import { BUGS, seedsUntilFound } from './bugs.ts'

test.each(Object.entries(BUGS))('finds %s', { timeout: 600_000 }, async (_, bug) => {
  expect(await seedsUntilFound(bug)).toBeLessThanOrEqual(bug.withinSeeds)
})
