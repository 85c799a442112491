// What the simulation is worth: faults that we put in on purpose are found.
import { describe, expect, test } from 'vitest'
import { BUGS, seedsUntilFound } from './bugs.ts'

describe('a fault that is put in on purpose is found', () => {
  test.each(Object.entries(BUGS))('%s', { timeout: 600_000 }, async (_, bug) => {
    expect(await seedsUntilFound(bug)).toBeLessThanOrEqual(bug.withinSeeds)
  })
})
