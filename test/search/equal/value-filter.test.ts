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

  it('says no to everything while nothing was added', () => {
    expect(ValueFilter.create(8, KEY).mayHave(randomValues(1, wordSource(1)), 0)).toBe(false)
  })
})
