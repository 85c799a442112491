import { expect, test } from 'vitest'
import type { ReceivedReport } from '../../../src/matcher/received-report.ts'
import { JointSieve } from '../../../src/stream/threads/joint-sieve.ts'

/** Reports that are told apart by their number; those that the sieve lets through are divisible by ten. */
const numbers = new Map<ReceivedReport, number>()
function reports(from: number, to: number): ReceivedReport[] {
  return Array.from({ length: to - from }, (_, n) => {
    // Nothing but its identity is looked at here.
    const report = {} as ReceivedReport
    numbers.set(report, from + n)
    return report
  })
}

function sieve(most = Infinity) {
  const searched: number[] = []
  const joint = new JointSieve((asked) => {
    const looked = asked.slice(0, most)
    searched.push(looked.length)
    const suspects = looked.flatMap((report, place) => ((numbers.get(report) ?? 1) % 10 === 0 ? [place] : []))
    return { reports: looked.length, suspects }
  })
  return { joint, searched }
}

test('what is asked in one turn is searched in one go, and each gets what is its own', async () => {
  const { joint, searched } = sieve()
  const answers = await Promise.all([
    joint.sift(reports(0, 3), 1_000),
    joint.sift(reports(8, 12), 1_000),
    joint.sift(reports(13, 14), 1_000),
  ])
  expect(searched).toEqual([8])
  expect(answers).toEqual([
    { reports: 3, suspects: [0] },
    { reports: 4, suspects: [2] },
    { reports: 1, suspects: [] },
  ])
})

test('large batches are searched one by one', async () => {
  const { joint, searched } = sieve()
  await Promise.all([joint.sift(reports(1, 1_001), 1_000), joint.sift(reports(1, 1_001), 1_000)])
  expect(searched).toEqual([1_000, 1_000])
})

test('who got nothing before the time was up gets it in the next turn', async () => {
  const { joint, searched } = sieve(5)
  const answers = await Promise.all([
    joint.sift(reports(0, 4), 1_000),
    joint.sift(reports(9, 13), 1_000),
    joint.sift(reports(20, 22), 1_000),
  ])
  expect(answers).toEqual([
    { reports: 4, suspects: [0] },
    { reports: 1, suspects: [] },
    { reports: 2, suspects: [0] },
  ])
  expect(searched).toEqual([5, 2])
})

test('a search that fails is everybody’s who asked, and the next one is searched again', async () => {
  let fails = true
  const joint = new JointSieve((asked) => {
    if (fails) throw new Error('Out of memory')
    return { reports: asked.length, suspects: [] }
  })
  const failed = await Promise.allSettled([joint.sift(reports(0, 1), 1), joint.sift(reports(1, 2), 1)])
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  expect(await joint.sift(reports(0, 1), 1)).toEqual({ reports: 1, suspects: [] })
})
