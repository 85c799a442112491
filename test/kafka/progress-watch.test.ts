import { expect, test } from 'vitest'
import { ProgressWatch } from '../../src/kafka/progress-watch.ts'

const PATIENCE_MS = 30_000
const AT = { topic: 'reports', partition: 3 }

/** A reader of one partition, on a clock that the test moves. */
class Reader implements Disposable {
  end = 0
  start = 0
  nowMs = 0
  readonly told: string[][] = []
  why: string | undefined
  readonly watch = new ProgressWatch({
    patienceMs: PATIENCE_MS,
    ends: async () => [{ partition: AT.partition, end: this.end }],
    startOf: async () => this.start,
    clock: () => this.nowMs,
    onStalled: (partitions) => {
      this.told.push([...partitions.keys()])
      this.why = partitions.get('reports/3')
    },
  })

  constructor() {
    this.watch.assigned([AT])
  }

  /** Looks now and then for this time. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5_000) {
      await this.watch.look()
      this.nowMs += 5_000
    }
    await this.watch.look()
  }

  [Symbol.dispose](): void {
    this.watch.stop()
  }
}

test('a reader that stays at one offset although the end is ahead is told of once, and again when it moves', async () => {
  using reader = new Reader()
  reader.end = 10
  reader.watch.moved(AT, 4)
  await reader.pass(PATIENCE_MS - 5_000)
  expect(reader.told).toEqual([])
  await reader.pass(5 * PATIENCE_MS)
  expect(reader.told).toEqual([['reports/3']])
  reader.watch.moved(AT, 5)
  expect(reader.told).toEqual([['reports/3'], []])
})

test('a reader that has had no batch at all is told of, too', async () => {
  using reader = new Reader()
  reader.start = 7
  reader.end = 8
  await reader.pass(2 * PATIENCE_MS)
  expect(reader.told).toEqual([['reports/3']])
})

test('nothing is said of a quiet partition, of one whose reader moves, and of a batch that takes its time', async () => {
  using reader = new Reader()
  await reader.pass(2 * PATIENCE_MS)
  for (reader.end = 1; reader.end < 50; reader.end++) {
    reader.watch.moved(AT, reader.end - 1)
    await reader.pass(5_000)
  }
  reader.watch.moved(AT, 10)
  const done = reader.watch.working(AT)
  await reader.pass(3 * PATIENCE_MS)
  done()
  reader.watch.moved(AT, reader.end)
  await reader.pass(2 * PATIENCE_MS)
  expect(reader.told).toEqual([])
})

test('an open transaction that hides records is told of: the end that may be read is not ahead, that of fetches is', async () => {
  using reader = new Reader()
  reader.end = 5
  reader.watch.moved(AT, 5)
  reader.watch.sawEnd(AT, 9)
  await reader.pass(2 * PATIENCE_MS)
  expect(reader.told).toEqual([['reports/3']])
})

test('rejoining does not begin the time anew, and a partition that another member has is this one’s no more', async () => {
  using reader = new Reader()
  reader.end = 10
  await reader.pass(PATIENCE_MS / 2)
  reader.watch.assigned([AT])
  await reader.pass(PATIENCE_MS / 2 + 5_000)
  expect(reader.told).toEqual([['reports/3']])
  reader.watch.assigned([])
  expect(reader.told).toEqual([['reports/3'], []])
})

test('a reader that an obstacle stops is told of once, with what to do', async () => {
  using reader = new Reader()
  reader.end = 10
  reader.watch.moved(AT, 4)
  for (let n = 0; n < 3; n++) {
    reader.watch.sawEnd(AT, 10, 'the file is damaged: do this')
    await reader.pass(PATIENCE_MS)
  }
  expect(reader.told).toEqual([['reports/3']])
  expect(reader.why).toBe('at offset 4 of 10 for 30 s: the file is damaged: do this')
})
