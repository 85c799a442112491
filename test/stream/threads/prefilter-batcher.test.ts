import { expect, test } from 'vitest'
import type { ReceivedReport } from '../../../src/matcher/received-report.ts'
import { PrefilterBatcher } from '../../../src/stream/threads/prefilter-batcher.ts'

/** Reports that are told apart by their number; those that the prefilter lets through are divisible by ten. */
const numbers = new Map<ReceivedReport, number>()
function reports(from: number, to: number): ReceivedReport[] {
  return Array.from({ length: to - from }, (_, n) => {
    // Nothing but its identity is looked at here.
    const report = {} as ReceivedReport
    numbers.set(report, from + n)
    return report
  })
}

function prefilter(most = Infinity) {
  const searched: number[] = []
  const joint = new PrefilterBatcher((asked) => {
    const looked = asked.slice(0, most)
    searched.push(looked.length)
    const candidates = looked.flatMap((report, place) =>
      (numbers.get(report) ?? 1) % 10 === 0 ? [place] : [],
    )
    return { done: looked.length, candidates }
  })
  return { joint, searched }
}

test('what is asked in one turn is searched in one go, and each gets what is its own', async () => {
  const { joint, searched } = prefilter()
  const answers = await Promise.all([
    joint.prefilter(reports(0, 3), 1_000),
    joint.prefilter(reports(8, 12), 1_000),
    joint.prefilter(reports(13, 14), 1_000),
  ])
  expect(searched).toEqual([8])
  expect(answers).toEqual([
    { done: 3, candidates: [0] },
    { done: 4, candidates: [2] },
    { done: 1, candidates: [] },
  ])
})

test('large batches are searched one by one', async () => {
  const { joint, searched } = prefilter()
  await Promise.all([joint.prefilter(reports(1, 1_001), 1_000), joint.prefilter(reports(1, 1_001), 1_000)])
  expect(searched).toEqual([1_000, 1_000])
})

test('who got nothing before the time was up gets it in the next turn', async () => {
  const { joint, searched } = prefilter(5)
  const answers = await Promise.all([
    joint.prefilter(reports(0, 4), 1_000),
    joint.prefilter(reports(9, 13), 1_000),
    joint.prefilter(reports(20, 22), 1_000),
  ])
  expect(answers).toEqual([
    { done: 4, candidates: [0] },
    { done: 1, candidates: [] },
    { done: 2, candidates: [0] },
  ])
  expect(searched).toEqual([5, 2])
})

test('a search that fails is everybody’s who asked, and the next one is searched again', async () => {
  let fails = true
  const joint = new PrefilterBatcher((asked) => {
    if (fails) throw new Error('Out of memory')
    return { done: asked.length, candidates: [] }
  })
  const failed = await Promise.allSettled([
    joint.prefilter(reports(0, 1), 1),
    joint.prefilter(reports(1, 2), 1),
  ])
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  expect(await joint.prefilter(reports(0, 1), 1)).toEqual({ done: 1, candidates: [] })
})
