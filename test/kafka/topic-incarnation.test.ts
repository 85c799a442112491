import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unstamped } from '../../src/log/commit-metadata.ts'
import { CHECK_MS, TopicIncarnations } from '../../src/kafka/topic-incarnation.ts'

const AT = { topic: 'reports', partition: 0 }

/** A partition, by the times of its records, with what a group has committed in it. */
class Partition {
  times: number[] = []
  committed: { readonly offset: number; readonly metadata: string } | undefined
  nowMs = 1_000
  questions = 0

  member(): TopicIncarnations {
    return new TopicIncarnations({
      committed: async () => this.committed?.metadata,
      firstSince: async (_, sinceMs) => {
        this.questions++
        const first = this.times.findIndex((timeMs) => timeMs >= sinceMs)
        return first === -1 ? this.times.length : first
      },
      clock: () => this.nowMs,
    })
  }

  append(count: number): void {
    for (let n = 0; n < count; n++) this.times.push(this.nowMs++)
  }

  /** Reads some records and commits them; false if the member says that it is not the partition that was read. */
  async read(member: TopicIncarnations, count: number): Promise<boolean> {
    const from = this.committed?.offset ?? 0
    if (!(await member.isSame(AT, from))) return false
    const newestMs = Math.max(...this.times.slice(from, from + count))
    member.read(AT, newestMs)
    this.committed = { offset: from + count, metadata: member.stamp(AT, 'position') }
    return true
  }
}

async function readInTwoBatches(): Promise<{ partition: Partition; member: TopicIncarnations }> {
  const partition = new Partition()
  partition.append(10)
  const member = partition.member()
  await partition.read(member, 4)
  await partition.read(member, 4)
  return { partition, member }
}

test('a partition that goes on is the same, whoever reads it, and is asked about now and then only', async () => {
  const step = fc.record({
    count: fc.integer({ min: 1, max: 5 }),
    waitMs: fc.nat(8_000),
    isNew: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const partition = new Partition()
      let member = partition.member()
      for (const { count, waitMs, isNew } of steps) {
        partition.append(count + 1)
        partition.nowMs += waitMs
        if (isNew) member = partition.member()
        expect(await partition.read(member, count)).toBe(true)
      }
      expect(partition.questions).toBeLessThanOrEqual(
        steps.filter(({ isNew }) => isNew).length + (partition.nowMs - 1_000) / CHECK_MS,
      )
    }),
  )
})

test('one that was made again is told within seconds by who reads it, though it has grown past the old one', async () => {
  const { partition, member } = await readInTwoBatches()
  partition.times = []
  partition.append(100)
  // Until then it may be taken for the old one.
  expect(await partition.read(member, 4)).toBe(true)
  partition.nowMs += CHECK_MS
  expect(await partition.read(member, 4)).toBe(false)
  member.beginAnew(AT)
  partition.committed = { offset: 0, metadata: '' }
  partition.nowMs += CHECK_MS
  expect(await partition.read(member, 50)).toBe(true)
})

test('and at once by its next owner, also after commits in the new one', async () => {
  const { partition, member } = await readInTwoBatches()
  partition.times = []
  partition.append(100)
  expect(await partition.read(member, 4)).toBe(true)
  expect(await partition.read(partition.member(), 4)).toBe(false)
})

test('commits without a stamp say nothing, and the position can be read without one', async () => {
  const partition = new Partition()
  partition.append(10)
  partition.committed = { offset: 5, metadata: 'position' }
  expect(await partition.read(partition.member(), 2)).toBe(true)
  expect(partition.committed.metadata).toMatch(/^position 0\.0\.\w+$/)
  expect(unstamped(partition.committed.metadata)).toBe('position')
})
