import { expect, test } from 'vitest'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../../src/contract/known-hash.ts'
import { Matcher } from '../../../src/matcher/matcher.ts'
import { BendableLog } from '../../log/bendable-log.ts'
import { changesOf } from '../../../src/stream/retro/changes.ts'
import { lookBackOnce, type LookBackOutcome } from '../../../src/stream/retro/look-back-once.ts'
import { Pace } from '../../../src/stream/retro/pace.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { entry } from '../../fixtures/entries.ts'
import { GOOD_PDQ, MD5, OTHER_PDQ, PDQ, POLICY, reportOf, setOf } from '../../matcher/fixtures.ts'
import { untold } from './untold.ts'

const topics = { reports: 'reports', knownHashes: 'known', hits: 'hits', deadLetters: 'dead' }

async function logWith(...changes: readonly (readonly [KnownHash, timeMs: number])[]): Promise<BendableLog> {
  let nowMs = 0
  const log = new BendableLog({ clock: () => nowMs })
  await applyTopics(log, wantedTopics(topics, 2), topics, 1)
  for (const [one, timeMs] of changes) {
    nowMs = timeMs
    await log.produce(topics.knownHashes, [{ key: knownHashKey(one), value: encodeKnownHash(one) }])
  }
  return log
}

test('changes are chosen by list and by time, and end behind the last of them', async () => {
  const log = await logWith(
    [entry('pdq', PDQ, { source: 'a' }), 10],
    [entry('pdq', OTHER_PDQ, { source: 'b' }), 20],
    [entry('md5', MD5, { source: 'a' }), 30],
    [entry('pdq', PDQ, { source: 'b', sourceId: '2' }), 40],
  )
  const chosen = async (sinceMs: number, source?: string): Promise<unknown> => {
    const { touched, to } = await changesOf(log, topics.knownHashes, { sinceMs, source })
    return { pdq: touched.ofType('pdq')?.size ?? 0, md5: touched.ofType('md5')?.size ?? 0, to }
  }
  // Offset 0 is the record that names the topic.
  expect(await chosen(0)).toEqual({ pdq: 2, md5: 1, to: 5 })
  expect(await chosen(0, 'a')).toEqual({ pdq: 1, md5: 1, to: 4 })
  expect(await chosen(20, 'a')).toEqual({ pdq: 0, md5: 1, to: 4 })
  expect(await chosen(20, 'b')).toEqual({ pdq: 2, md5: 0, to: 5 })
  expect(await chosen(41)).toEqual({ pdq: 0, md5: 0, to: 0 })
})

test('looking back once finds what is retained, goes on where it was stopped, and is not done twice', async () => {
  const known = entry('pdq', PDQ)
  const log = await logWith([known, 10])
  const reports = Array.from(
    { length: 600 },
    (_, n) => reportOf([GOOD_PDQ], { reportId: `report-${n}` }).report,
  )
  await log.produce(
    topics.reports,
    reports.map((report) => ({ key: report.reportId, value: JSON.stringify(report) })),
  )
  const { touched, to } = await changesOf(log, topics.knownHashes)
  const run = async (stopAfterReports: number): Promise<[LookBackOutcome, number]> => {
    const metrics = createMetrics({ ofProcess: false })
    const replayed = async (): Promise<number> => (await metrics.retroReports.get()).values[0].value
    const stopping = new AbortController()
    const outcome = await lookBackOnce({
      log,
      topics,
      policy: POLICY,
      matcher: new Matcher(setOf(known), POLICY),
      pace: new (class extends Pace {
        override async turn(stillHere: () => Promise<void>): Promise<void> {
          await super.turn(stillHere)
          if ((await replayed()) >= stopAfterReports) stopping.abort()
        }
      })({ share: 1, maxLagRecords: 0, liveLagRecords: async () => 0 }),
      metrics,
      held: untold(metrics),
      touched,
      topicId: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      to,
      group: 'once',
      signal: stopping.signal,
    })
    return [outcome, await replayed()]
  }
  const [first, early] = await run(300)
  expect([first, early < reports.length]).toEqual(['stopped', true])
  const [second, rest] = await run(Infinity)
  expect([second, rest < reports.length, early + rest >= reports.length]).toEqual(['finished', true, true])
  expect(await run(Infinity)).toEqual(['was-finished', 0])
  const published = (await log.offsets(topics.hits)).reduce((sum, { end }) => sum + end, 0)
  expect(published).toBeGreaterThanOrEqual(reports.length)
})

test('looking back once ends where the offsets of known-hashes and of the reports end, or begin, without records', async () => {
  const known = entry('pdq', PDQ)
  // One offset a batch, so that gaps are batches of their own.
  const log = new BendableLog({ batchOffsets: () => 1 })
  for (const topic of wantedTopics(topics, 1)) await log.createTopic(topic, 1)
  const leaveGaps = (): void => {
    for (const topic of [topics.knownHashes, topics.reports, topics.deadLetters])
      log.leaveGap({ topic, partition: 0 }, 3)
  }
  leaveGaps()
  await log.produce(topics.knownHashes, [{ key: knownHashKey(known), value: encodeKnownHash(known) }])
  const { report } = reportOf([GOOD_PDQ])
  await log.produce(topics.reports, [{ key: report.reportId, value: JSON.stringify(report) }])
  leaveGaps()
  const { touched, to } = await changesOf(log, topics.knownHashes)
  const metrics = createMetrics({ ofProcess: false })
  const outcome = await lookBackOnce({
    log,
    topics,
    policy: POLICY,
    matcher: new Matcher(setOf(known), POLICY),
    pace: new Pace({ share: 1, maxLagRecords: 0, liveLagRecords: async () => 0 }),
    metrics,
    held: untold(metrics),
    touched,
    topicId: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    to,
    group: 'once',
    signal: new AbortController().signal,
  })
  expect(outcome).toBe('finished')
  expect(await log.offsets(topics.hits)).toMatchObject([{ end: 1 }])
})
