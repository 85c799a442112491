import { describe, expect, test } from 'vitest'
import { decodeHit } from '../../../src/contract/hit.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { Matcher } from '../../../src/matcher/matcher.ts'
import { ChangedValues } from '../../../src/matcher/changed-values.ts'
import { BendableLog } from '../../log/bendable-log.ts'
import { deadLetterKey, makeDeadLetter } from '../../../src/contract/dead-letter.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { lookBack } from '../../../src/stream/retro/look-back.ts'
import { Pace } from '../../../src/stream/retro/pace.ts'
import {
  decodeProgress,
  encodeProgress,
  type RetroProgress,
} from '../../../src/stream/retro/retro-progress.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import { entry } from '../../fixtures/entries.ts'
import { PDQ, POLICY, reported, reportOf, setOf } from '../../matcher/fixtures.ts'
import { untold } from './untold.ts'

const topics = { reports: 'reports', knownHashes: 'known', hits: 'hits', deadLetters: 'dead' }
const NOTHING_DONE: RetroProgress = {
  topicId: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  roundEnd: 1,
  next: new Map(),
}

/** A log of retained reports, and looks back at them. */
class Retained {
  readonly log = new BendableLog()
  saved = NOTHING_DONE

  static async of(reports: number, near: (n: number) => boolean): Promise<Retained> {
    const retained = new Retained()
    await applyTopics(retained.log, wantedTopics(topics, 3), topics, 1)
    const random = seededRandom(1)
    await retained.log.produce(
      topics.reports,
      Array.from({ length: reports }, (_, n) => {
        const hash = reported('pdq', near(n) ? PDQ : randomBalancedHash(random), 90)
        const { report } = reportOf([hash], { reportId: `report-${n}` })
        return { key: report.reportId, value: JSON.stringify(report) }
      }),
    )
    return retained
  }

  /** Looks back at everything, from where the last one has come; gives up when told to. */
  async lookBack(metrics: Metrics, givesUp: () => Promise<boolean> = async () => false): Promise<void> {
    const touched = new ChangedValues()
    touched.add(entry('pdq', PDQ))
    const ends = await this.log.offsets(topics.reports)
    await lookBack({
      log: this.log,
      topics,
      policy: POLICY,
      matcher: new Matcher(setOf(entry('pdq', PDQ)), POLICY),
      pace: new Pace({ share: 1, maxLagRecords: 0, liveLagRecords: async () => 0 }),
      metrics,
      held: untold(metrics),
      touched,
      progress: this.saved,
      readyTo: async () => new Map(ends.map(({ partition, end }) => [partition, end])),
      lock: {
        stillHere: async () => {
          if (await givesUp()) throw new Error('given up')
        },
        save: async (progress) => {
          this.saved = decodeProgress(encodeProgress(progress)) ?? NOTHING_DONE
        },
      },
    })
  }

  async reportIdsWithHit(): Promise<string[]> {
    const reportIds: string[] = []
    await readToEnd(this.log, topics.hits, ({ value }) => {
      const hit = decodeHit(value)
      if ('hitId' in hit) reportIds.push(hit.report.reportId)
    })
    return reportIds.sort()
  }
}

const replayedBy = async ({ retroReports }: Metrics): Promise<number> =>
  (await retroReports.get()).values[0].value

describe('looking back', () => {
  test('goes on where it was given up, and in the end has found all', async () => {
    const reports = 3_000
    const retained = await Retained.of(reports, (n) => n % 100 === 0)
    const metrics = createMetrics({ ofProcess: false })
    const first = retained.lookBack(metrics, async () => (await replayedBy(metrics)) > 1_500)
    await expect(first).rejects.toThrow('given up')
    expect(retained.saved.next.size).toBeGreaterThan(0)
    const again = createMetrics({ ofProcess: false })
    await retained.lookBack(again)
    // What was done of the partition that was in work is done once more.
    expect(await replayedBy(again)).toBeLessThan(reports)
    expect(await replayedBy(again)).toBeGreaterThan(0)
    const expected = Array.from({ length: reports / 100 }, (_, n) => `report-${100 * n}`)
    expect([...new Set(await retained.reportIdsWithHit())]).toEqual(expected.sort())
  })

  test('ends in partitions whose tail, or whole content, is a gap', async () => {
    const retained = await Retained.of(1, () => true)
    for (const partition of [0, 1, 2]) retained.log.leaveGap({ topic: topics.reports, partition }, 5)
    await retained.lookBack(createMetrics({ ofProcess: false }))
    expect(await retained.reportIdsWithHit()).toEqual(['report-0'])
  })

  test('makes hits that belong to the traces of their reports', async () => {
    const retained = await Retained.of(0, () => true)
    const { log } = retained
    const traceparent = Buffer.from('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')
    const { report } = reportOf([reported('pdq', PDQ, 90)])
    const value = JSON.stringify(report)
    await log.produce(topics.reports, [{ key: report.reportId, value, headers: { traceparent } }])
    await retained.lookBack(createMetrics({ ofProcess: false }))
    const traces: unknown[] = []
    await readToEnd(log, topics.hits, ({ headers }) => traces.push(headers))
    expect(traces).toEqual([{ traceparent }])
  })

  test('passes over what is no report, and what killed matcher threads', async () => {
    const retained = await Retained.of(10, () => true)
    const { log } = retained
    await log.produce(topics.reports, [{ key: 'report-0', value: 'no report' }])
    const offsetOf = new Map<string, { partition: number; offset: number }>()
    await readToEnd(log, topics.reports, ({ key, offset }, partition) => {
      offsetOf.set(String(key), { partition, offset })
    })
    const at = offsetOf.get('report-7') ?? { partition: 0, offset: 0 }
    const letter = makeDeadLetter({ topic: topics.reports, ...at }, null, new Rejection('kills-matcher'))
    await log.produce(topics.deadLetters, [{ key: deadLetterKey(letter), value: JSON.stringify(letter) }])
    await retained.lookBack(createMetrics({ ofProcess: false }))
    const expected = Array.from({ length: 10 }, (_, n) => `report-${n}`).filter((id) => id !== 'report-7')
    expect(await retained.reportIdsWithHit()).toEqual(expected)
  })
})
