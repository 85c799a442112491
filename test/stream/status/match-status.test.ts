import { expect, onTestFinished, test } from 'vitest'
import { decodeStatus, encodeStatus, type MatchStatus } from '../../../src/contract/status.ts'
import { encodeKnownHash, knownHashKey } from '../../../src/contract/known-hash.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { loadPolicy, loadSettings } from '../../../src/settings/load-settings.ts'
import { committedPolicy } from '../../../src/stream/live/set-position.ts'
import { publishCanaries } from '../../../src/stream/topics/canary-entries.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { knownHash, pdqReport } from '../../fixtures/entries.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { aStatus } from '../../fixtures/statuses.ts'
import { startedMatcher } from '../started-matcher.ts'

const defaults = loadSettings(undefined, {})
const settings = { ...defaults, match: { ...defaults.match, canarySeconds: 1 } }
const { topics, match } = settings
const policy = loadPolicy()

test('a matcher says which set and policy it has, what it owns, and what it has read, matched, found and sent', async () => {
  const log = new MemoryLog()
  await applyTopics(log, wantedTopics(topics, 3), topics, 1)
  await publishCanaries(log, topics.knownHashes)
  const known = knownHash('pdq', randomBalancedHash(seededRandom(5)))
  await log.produce(topics.knownHashes, [{ key: knownHashKey(known), value: encodeKnownHash(known) }])
  const { service } = await startedMatcher(log, settings, policy)
  onTestFinished(async () => {
    await service.stop()
    await log.close()
  })
  const first = await service.status()
  expect(first.perSecond).toBeUndefined()
  await log.produce(topics.reports, [
    { key: 'a', value: JSON.stringify(pdqReport(known.value, 'a')) },
    { key: 'b', value: '{' },
  ])
  let status: MatchStatus = first
  await eventually(async () => {
    status = await service.status()
    const { counts, partitions } = status
    return (
      counts.reportsMatched === 1 &&
      counts.hits === 1 &&
      counts.deadLetters === 1 &&
      (counts.canariesFound ?? 0) > 0 &&
      (status.canaryToMatch?.counts.at(-1) ?? 0) > 0 &&
      partitions.some(({ end }) => (end ?? 0) > 0)
    )
  })
  const [{ end }] = await log.offsets(topics.knownHashes)
  expect(status).toMatchObject({
    group: match.group,
    threads: 0,
    policy: committedPolicy(policy),
    knownSet: {
      topicId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      offset: end,
      entries: 1,
      digest: expect.stringMatching(/^[0-9a-f]{16}$/),
    },
    retro: {},
  })
  const { counts, partitions, canaryAgeSeconds, perSecond, reportToHit, canaryToMatch, stageSeconds } = status
  expect(status.hitsByGrade).toMatchObject({ perceptual: 1, exact: 0 })
  expect(status.deadLettersByCode).toMatchObject({ 'not-json': 1, empty: 0 })
  expect(stageSeconds?.decode).toBeGreaterThan(0)
  expect(stageSeconds?.commit).toBeGreaterThan(0)
  expect(reportToHit?.bounds).toEqual(reportToHit?.bounds.toSorted((a, b) => a - b))
  expect(reportToHit?.counts).toHaveLength((reportToHit?.bounds.length ?? NaN) + 1)
  expect(reportToHit?.counts.at(-1)).toBe(1)
  expect(canaryToMatch?.counts.at(-1)).toBeGreaterThan(0)
  expect(counts.reportsRead).toBeGreaterThan(2)
  expect(counts.canariesSent).toBeGreaterThanOrEqual(counts.canariesFound ?? NaN)
  expect(canaryAgeSeconds).toBeLessThan(60)
  expect(perSecond?.reportsRead).toBeGreaterThanOrEqual(0)
  expect(partitions.map(({ partition }) => partition).toSorted((a, b) => a - b)).toEqual([0, 1, 2])
  const whole = aStatus({ match: status })
  expect(decodeStatus(Buffer.from(encodeStatus(whole)))).toEqual(whole)
})
