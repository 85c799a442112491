// The order in which the test files start: those that wait for servers beside those that compute, the longest first.
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files that take longer than half a minute. They start first, so that none of them is what the end of a run waits for;
 * on a fresh clone vitest knows no durations yet and goes by the files' sizes.
 */
const LONGEST = [
  'test/faults/faults.test.ts',
  'test/integration/refused-hits.test.ts',
  'test/review/decisions/outbox.kafka.test.ts',
  'test/integration/failing-commits.test.ts',
  'test/integration/security.test.ts',
]

export default class Order extends BaseSequencer {
  /** Vitest's own order is by project, so that all files that wait would run together, and then all that compute. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const longest = LONGEST.flatMap((name) => sorted.filter(({ moduleId }) => moduleId.endsWith(name)))
    const rest = sorted.filter((file) => !longest.includes(file))
    // They share their workers (`isolate`), which vitest ends when the next file is one of another project.
    const [sharing, isolated] = parted(rest, ({ project }) => !project.config.isolate)
    const [waiting, computing] = parted(isolated, ({ project }) => project.name.includes('Kafka'))
    // The unit tests take about a second each: they fill up what the long ones leave.
    return [...longest, ...evenly(waiting, computing), ...sharing]
  }
}

function parted<T>(all: readonly T[], holds: (one: T) => boolean): [T[], T[]] {
  return [all.filter(holds), all.filter((one) => !holds(one))]
}

/** Both in their order, so that each part of the result has as much of the one as of the other, by their lengths. */
function evenly<T>(some: readonly T[], others: readonly T[]): T[] {
  const placed = [some, others].flatMap((list) =>
    list.map((one, index) => ({ one, at: (index + 0.5) / list.length })),
  )
  return placed.sort((a, b) => a.at - b.at).map(({ one }) => one)
}
