// Where each platform reports by a topic of its own, topics come and go while there is looked back.
import { expect, test } from 'vitest'
import { decodeHit } from '../../../src/contract/hit.ts'
import { Matcher } from '../../../src/matcher/matcher.ts'
import { ChangedValues } from '../../../src/matcher/changed-values.ts'
import { groupLag } from '../../../src/stream/topics/group-lag.ts'
import { BendableLog } from '../../log/bendable-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { reportTopic } from '../../../src/stream/topics/report-topics.ts'
import { lookBack } from '../../../src/stream/retro/look-back.ts'
import { Pace } from '../../../src/stream/retro/pace.ts'
import { decodeProgress, DONE, encodeProgress } from '../../../src/stream/retro/retro-progress.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { entry } from '../../fixtures/entries.ts'
import { PDQ, POLICY, reported, reportOf, setOf } from '../../matcher/fixtures.ts'
import { untold } from './untold.ts'

const topics = {
  reports: 'reports',
  reportsPerPlatform: true,
  knownHashes: 'known',
  hits: 'hits',
  deadLetters: 'reports.dlq',
}
const PARTITIONS = 2
const known = entry('pdq', PDQ)

/** Retained reports of several platforms, all of them near a known value. */
class Platforms {
  readonly log = new BendableLog()
  readonly #waitsFor = new Set<string>()
  progress = { topicId: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', roundEnd: 1, next: new Map() }

  static async of(...platforms: readonly string[]): Promise<Platforms> {
    const made = new Platforms()
    await applyTopics(made.log, wantedTopics(topics, PARTITIONS, []), topics, 1)
    for (const platform of platforms) await made.begin(platform)
    return made
  }

  async begin(platform: string, reports = 3, called = platform): Promise<void> {
    await applyTopics(this.log, wantedTopics(topics, PARTITIONS, [platform]), topics, 1)
    await this.submit(platform, platform, reports, called)
  }

  /** Reports by one platform's topic that name a platform. */
  async submit(by: string, platform: string, reports: number, called = by): Promise<void> {
    await this.log.produce(
      reportTopic(topics, by),
      Array.from({ length: reports }, (_, n) => {
        const { report } = reportOf([reported('pdq', PDQ, 90)], { reportId: `${called}-${n}`, platform })
        return { key: report.reportId, value: JSON.stringify(report) }
      }),
    )
  }

  end(platform: string): void {
    this.log.deleteTopic(reportTopic(topics, platform))
  }

  /** Live matching of this platform's topic lags behind until it is told otherwise. */
  lagsBehind(platform: string, isBehind: boolean): void {
    if (isBehind) this.#waitsFor.add(reportTopic(topics, platform))
    else this.#waitsFor.delete(reportTopic(topics, platform))
  }

  async lookBack({
    onTurn = async () => {},
    onWaiting = async () => {},
  }: {
    readonly onTurn?: () => Promise<void>
    readonly onWaiting?: () => Promise<void>
  } = {}): Promise<void> {
    const touched = new ChangedValues()
    touched.add(known)
    const metrics = createMetrics({ ofProcess: false })
    await lookBack({
      log: this.log,
      topics,
      policy: POLICY,
      matcher: new Matcher(setOf(known), POLICY),
      pace: new (class extends Pace {
        override async turn(stillHere: () => Promise<void>): Promise<void> {
          await super.turn(stillHere)
          await onTurn()
        }
      })({ share: 1, maxLagRecords: 0, liveLagRecords: async () => 0 }),
      metrics,
      held: untold(metrics),
      touched,
      progress: this.progress,
      readyTo: async (topic) => {
        if (this.#waitsFor.has(topic)) return new Map()
        return new Map((await this.log.offsets(topic)).map(({ partition, end }) => [partition, end]))
      },
      lock: {
        stillHere: async () => {
          if (this.#waitsFor.size > 0) await onWaiting()
        },
        save: async (progress) => {
          this.progress = { ...this.progress, next: new Map(decodeProgress(encodeProgress(progress))?.next) }
        },
      },
    })
  }

  async hits(): Promise<readonly string[]> {
    const reportIds: string[] = []
    await readToEnd(this.log, topics.hits, ({ value }) => {
      const hit = decodeHit(value)
      if ('hitId' in hit) reportIds.push(hit.report.reportId)
    })
    return reportIds.sort()
  }
}

const reportsOf = (...platforms: readonly string[]): readonly string[] =>
  platforms.flatMap((platform) => [0, 1, 2].map((n) => `${platform}-${n}`)).sort()

test('every platform’s reports are looked back at, and none that claims to be another’s', async () => {
  const platforms = await Platforms.of('a', 'b')
  await platforms.submit('b', 'a', 5)
  await platforms.lookBack()
  expect(await platforms.hits()).toEqual(reportsOf('a', 'b'))
})

test('a platform whose live matching lags behind holds up the end, and no other platform', async () => {
  const platforms = await Platforms.of('a', 'b')
  platforms.lagsBehind('a', true)
  const whileWaiting: (readonly string[])[] = []
  await platforms.lookBack({
    onWaiting: async () => {
      const hits = await platforms.hits()
      if (hits.length < 3) return
      whileWaiting.push(hits)
      platforms.lagsBehind('a', false)
    },
  })
  expect(whileWaiting).toEqual([reportsOf('b')])
  expect(await platforms.hits()).toEqual(reportsOf('a', 'b'))
})

test('a platform that comes while another is waited for is looked back at, too', async () => {
  const platforms = await Platforms.of('a')
  platforms.lagsBehind('a', true)
  let hasCome = false
  await platforms.lookBack({
    onWaiting: async () => {
      if (!hasCome) await platforms.begin('b')
      hasCome = true
      if ((await platforms.hits()).length === 3) platforms.lagsBehind('a', false)
    },
  })
  expect(await platforms.hits()).toEqual(reportsOf('a', 'b'))
})

test('a topic that is deleted while it is waited for holds nothing up', async () => {
  const platforms = await Platforms.of('a', 'b')
  platforms.lagsBehind('a', true)
  await platforms.lookBack({
    onWaiting: async () => {
      if ((await platforms.hits()).length === 3) platforms.end('a')
    },
  })
  expect(await platforms.hits()).toEqual(reportsOf('b'))
})

test.each(['not made again', 'made again'])(
  'a topic that is deleted while it is read, and %s, holds nothing up',
  async (then) => {
    const platforms = await Platforms.of()
    // More than are read at once: the rest is gone before it is read.
    await platforms.begin('a', 20_000)
    await platforms.begin('b')
    let isDeleted = false
    await platforms.lookBack({
      onTurn: async () => {
        if (isDeleted) return
        isDeleted = true
        platforms.end('a')
        if (then === 'made again') await platforms.begin('a', 3, 'again')
      },
    })
    const hits = new Set(await platforms.hits())
    const expected = reportsOf('b', ...(then === 'made again' ? ['again'] : []))
    expect(expected.filter((reportId) => !hits.has(reportId))).toEqual([])
    expect(hits.size).toBeLessThan(20_000)
  },
)

test('progress goes on by topic and partition', async () => {
  const platforms = await Platforms.of('a', 'b')
  const done = new Map([0, 1].map((partition) => [partition, DONE]))
  platforms.progress = { ...platforms.progress, next: new Map([[reportTopic(topics, 'a'), done]]) }
  await platforms.lookBack()
  expect(await platforms.hits()).toEqual(reportsOf('b'))
})

test('the lag of a group is that of all platforms’ topics', async () => {
  const { log } = await Platforms.of('a', 'b', 'c')
  expect(await groupLag(log, 'nobody', topics)).toBe(9)
})
