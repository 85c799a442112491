import { describe, expect, it } from 'vitest'
import { ValueFilter } from '../../../src/search/equal/value-filter.ts'
import { randomValues, wordSource } from '../../../src/sample/value-sets.ts'

const KEY = [0x1234, 0x5678] as const

describe('the value filter', () => {
  it.each([4, 5, 8])(
    'never says no to a value of %d words that was added, and seldom yes to another',
    (width) => {
      const next = wordSource(width)
      const filter = ValueFilter.create(width, KEY)
      const count = 200_000
      const values = randomValues(Math.ceil((count * width) / 8), next)
      for (let n = 0; n < count; n++) filter.add(values, n * width)
      const reader = new ValueFilter(filter.ticket)
      let missed = 0
      for (let n = 0; n < count; n++) if (!reader.mayHave(values, n * width)) missed++
      expect(missed).toBe(0)
      const others = randomValues(width * 2500, next)
      let passed = 0
      for (let n = 0; n < 20_000; n++) if (reader.mayHave(others, n * width)) passed++
      expect(passed).toBeLessThan(20_000 * 0.04)
    },
  )

  it('says no again to most values that are gone, once it was built again, and never to one that is there', () => {
    const next = wordSource(9)
    const filter = ValueFilter.create(8, KEY)
    const reader = new ValueFilter(filter.ticket)
    const kept = randomValues(1_000, next)
    const missed = (): number => {
      let count = 0
      for (let n = 0; n < 1_000; n++) if (!reader.mayHave(kept, n * 8)) count++
      return count
    }
    for (let n = 0; n < 1_000; n++) filter.add(kept, n * 8)
    for (let round = 0; round < 3; round++) {
      const gone = randomValues(70_000, next)
      for (let n = 0; n < 70_000; n++) filter.add(gone, n * 8)
      expect(filter.beginAgain(1_000)).toBe(true)
      expect(filter.beginAgain(1_000)).toBe(false)
      for (let n = 0; n < 999; n++) filter.addAgain(kept, n * 8)
      // What is added meanwhile is in both halves.
      filter.add(kept, 999 * 8)
      expect(missed()).toBe(0)
      filter.endAgain()
      expect(missed()).toBe(0)
      let passed = 0
      for (let n = 0; n < 70_000; n++) if (reader.mayHave(gone, n * 8)) passed++
      expect(passed).toBeLessThan(700)
    }
  })

  it('says no to everything while nothing was added', () => {
    expect(ValueFilter.create(8, KEY).mayHave(randomValues(1, wordSource(1)), 0)).toBe(false)
  })
})
