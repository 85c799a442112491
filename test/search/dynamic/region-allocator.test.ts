import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RegionAllocator } from '../../../src/search/dynamic/region-allocator.ts'

describe('the region allocator', () => {
  it('never hands out a byte twice, and has all of it again once everything is given back', () => {
    const steps = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 900 }), give: fc.nat() }), {
      maxLength: 80,
    })
    fc.assert(
      fc.property(steps, (all) => {
        const allocator = new RegionAllocator(10, 4096)
        const taken: { from: number; bytes: number }[] = []
        for (const { bytes, give } of all) {
          const { largest } = allocator
          const from = allocator.take(bytes)
          expect(from !== undefined).toBe(Math.ceil(bytes / 64) * 64 <= largest)
          if (from === undefined) {
            const back = taken.splice(give % Math.max(1, taken.length), 1)[0]
            if (back) allocator.giveBack(back.from, back.bytes)
            continue
          }
          expect(from % 64).toBe(0)
          expect(from).toBeGreaterThanOrEqual(10)
          expect(from + bytes).toBeLessThanOrEqual(4096)
          for (const other of taken) {
            expect(from >= other.from + other.bytes || from + bytes <= other.from).toBe(true)
          }
          taken.push({ from, bytes })
        }
        for (const { from, bytes } of taken) allocator.giveBack(from, bytes)
        expect(allocator.take(4096 - 64)).toBe(64)
        expect(allocator.take(1)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('refuses to take back what is free', () => {
    const allocator = new RegionAllocator(0, 1024)
    allocator.take(128)
    allocator.giveBack(0, 128)
    expect(() => allocator.giveBack(0, 128)).toThrow(/free already/)
  })
})
