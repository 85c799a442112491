import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RegionAllocator } from '../../../src/search/dynamic/region-allocator.ts'
import { segmentBytes, type Segment } from '../../../src/search/wasm/segment.ts'
import { planMerge, planSeal, type Work } from '../../../src/search/dynamic/segment-plan.ts'

const TAIL = 4
const NO_LACK = { roomBytes: Infinity }

const segment = (from: number, to: number): Segment => ({
  header: 0,
  bytes: 0,
  from,
  to,
  size: to - from,
  builtAt: 0,
})

/** Carries work out as the index does: what is new takes the place of what it replaces. */
function carriedOut(segments: readonly Segment[], work: Work): Segment[] {
  const { from, to, replaces } = work
  return segments
    .filter((each) => !replaces.includes(each))
    .concat(segment(from, to))
    .sort((a, b) => a.from - b.from)
}

function expectToCover(segments: readonly Segment[], end: number): void {
  let reached = 0
  for (const { from, to } of segments) {
    expect(from).toBe(reached)
    reached = to
  }
  expect(reached).toBe(end)
}

describe('the plan of segments', () => {
  it('covers every sealed value once, with few segments, each a level above the next, at whatever pace values come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 200 }), (paces) => {
        let segments: Segment[] = []
        let sealedTo = 0
        let count = 0
        for (const pace of paces) {
          count += pace
          const state = {
            busy: new Set<Segment>(),
            tailFrom: sealedTo,
            tailTo: count,
            tailValues: TAIL,
            ...NO_LACK,
          }
          const seal = planSeal({ ...state, segments })
          expect(seal !== undefined).toBe(count - sealedTo > TAIL)
          if (!seal) continue
          segments = carriedOut(segments, seal)
          sealedTo = count
          for (;;) {
            const merge = planMerge({ ...state, segments })
            if (!merge) break
            segments = carriedOut(segments, merge)
          }
          expectToCover(segments, sealedTo)
          expect(segments.length).toBeLessThanOrEqual(2 + Math.log(count / TAIL) / Math.log(16))
        }
      }),
    )
  })

  it('leaves alone what is being built', () => {
    const segments = [segment(0, 10), segment(10, 20), segment(20, 30)]
    const busy = new Set([segments[2]])
    const state = { segments, busy, tailFrom: 30, tailTo: 40, tailValues: TAIL, ...NO_LACK }
    expect(planSeal(state)).toEqual({ from: 30, to: 40, replaces: [] })
    expect(planMerge(state)).toEqual({ from: 0, to: 20, replaces: segments.slice(0, 2) })
  })

  // 16.7 million values in 4 GiB, as the largest arena has them.
  it.each([0, 10_000_000, 13_000_000])(
    'has few segments where merging the largest finds no room any more, with %i values at the beginning',
    (first) => {
      const capacity = 2 ** 24 - 1
      const tailValues = 4096
      const regions = new RegionAllocator(0, 2 ** 32 - 36 * capacity - 2 ** 25)
      const busy = new Set<Segment>()
      let segments: Segment[] = []
      let sealedTo = 0
      const carryOut = (work: Work): void => {
        const bytes = segmentBytes(work.to - work.from)
        const header = regions.take(bytes)
        if (header === undefined) throw new RangeError(`There is no room for ${work.to - work.from} values.`)
        for (const each of work.replaces) regions.giveBack(each.header, each.bytes)
        const made = { ...segment(work.from, work.to), header, bytes }
        segments = segments
          .filter((each) => !work.replaces.includes(each))
          .concat(made)
          .sort((a, b) => a.from - b.from)
      }
      let most = 0
      for (let count = first; count <= capacity; count += tailValues + 1) {
        const state = { busy, tailFrom: sealedTo, tailTo: count, tailValues }
        const seal = planSeal({ ...state, segments, roomBytes: regions.largest })
        if (seal) {
          carryOut(seal)
          sealedTo = count
        }
        for (;;) {
          const merge = planMerge({ ...state, segments, roomBytes: regions.largest })
          if (!merge) break
          carryOut(merge)
        }
        most = Math.max(most, segments.length)
      }
      expectToCover(segments, sealedTo)
      expect(most).toBeLessThanOrEqual(5)
    },
  )
})
