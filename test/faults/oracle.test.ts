// That the oracle can find what it looks for.
import { describe, expect, inject, test } from 'vitest'
import { encodeHit } from '../../src/contract/hit.ts'
import { makeReport } from '../../src/hashing/make-report.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { Deployment } from '../integration/deployment.ts'
import { backwardCommits, type AcceptedCommit } from './group-history.ts'
import { KnownList } from './known-list.ts'
import { judge } from './oracle.ts'
import { PlantedTraffic } from './planted-traffic.ts'

const TOPIC_ID = '00000000-0000-4000-8000-000000000000'

test('the oracle misses hits and dead letters, and finds what must not be', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  const list = new KnownList(deployment, seededRandom(1))
  await list.publish()
  const traffic = new PlantedTraffic(deployment, list, seededRandom(2), 1)
  const verdict = () => judge(deployment, traffic, list, new Set())
  const near = traffic.nearReport('near')
  const value = randomBalancedHash(seededRandom(3))
  const far = makeReport('faults', [{ type: 'pdq', value, quality: 100 }], 'far')
  while (traffic.noReports.size === 0) await traffic.submit([near, far])
  expect((await verdict()).problems).toMatchObject([
    expect.stringMatching(/^1 × lost: a report without its hit \(near\)/),
    expect.stringMatching(/^\d+ × a record without its dead letter/),
  ])

  await deployment.startMatcher(undefined, { threads: 1 })
  await deployment.untilAllMatched()
  expect((await verdict()).problems).toEqual([])

  const [hit] = await deployment.hits()
  const ofOther = { ...hit.report, reportId: 'far' }
  await log.produce(settings.topics.hits, [
    { key: 'twice', value: encodeHit({ ...hit, hitId: 'a'.repeat(64) }) },
    { key: 'wrong', value: encodeHit({ ...hit, hitId: 'b'.repeat(64), report: ofOther }) },
  ])
  await log.produce(settings.topics.deadLetters, [
    {
      key: 'wrong',
      value: JSON.stringify({
        schema: 'dead-letter/1',
        topic: settings.topics.reports,
        partition: 0,
        offset: 0,
        size: 1,
        sha256: 'c'.repeat(64),
        reason: { code: 'not-json', at: '' },
      }),
    },
  ])
  expect((await verdict()).problems).toEqual([
    expect.stringMatching(/^1 × two hit ids of one report \(near\)/),
    expect.stringMatching(/^1 × a hit for a report that must have none \(far\)/),
    expect.stringMatching(/^1 × a dead letter that must not be/),
  ])
})

const commit = (offset: number | undefined, position: number): AcceptedCommit => ({
  topic: 'reports',
  partition: 0,
  offset,
  metadata: offset === undefined ? '' : `${TOPIC_ID}@${position}`,
})
const problems = (...commits: readonly AcceptedCommit[]): number =>
  backwardCommits({ commits, generations: [] }, 'reports', false).length

describe('commits that go back are found:', () => {
  test.each<[string, number, readonly AcceptedCommit[]]>([
    ['none', 0, [commit(1, 1), commit(1, 2), commit(2, 2)]],
    ['one behind an earlier one', 1, [commit(2, 1), commit(1, 1), commit(1, 1)]],
    ['one of an earlier state of the set', 1, [commit(1, 2), commit(2, 1)]],
    ['one that begins anew', 1, [commit(1, 1), commit(undefined, 0)]],
  ])('%s', (_, count, commits) => expect(problems(...commits)).toBe(count))

  test('of another partition or topic, none', () => {
    expect(problems(commit(2, 2), { ...commit(1, 1), partition: 1 }, { ...commit(1, 1), topic: 'x' })).toBe(0)
  })
})
