import { expect, test } from 'vitest'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import {
  applyTopics,
  matchingProblems,
  planTopics,
  reviewTopics,
  listsTopic,
  statusTopic,
  wantedTopics,
  wantedTopicsOf,
} from '../../../src/stream/topics/topics.ts'
import { isReportTopic } from '../../../src/stream/topics/report-topics.ts'

const shared = { reports: 'reports', knownHashes: 'known-hashes', hits: 'hits', deadLetters: 'reports.dlq' }
const perPlatform = { ...shared, reportsPerPlatform: true }
const IN_SYNC = 'min.insync.replicas'
const UNCLEAN = 'unclean.leader.election.enable'

/** A log with the topics as `topics apply` creates them, changed by hand since. */
async function changed(
  replicationFactor: number,
  config: Readonly<Record<string, string>>,
): Promise<{ readonly log: MemoryLog; readonly problems: readonly string[] }> {
  const log = new MemoryLog()
  const wanted = wantedTopics(shared, 3)
  await applyTopics(log, wanted, shared, replicationFactor)
  await log.alterTopic({ topic: 'hits', partitions: 3, config })
  const { problems } = await planTopics(log, wanted)
  return { log, problems: problems.map(({ topic, problem }) => `${topic}: ${problem}`) }
}

test('topics with three replicas are created such that two of them must have each acknowledged record', async () => {
  const log = new MemoryLog()
  const wanted = await wantedTopicsOf(log, perPlatform, 3, ['a', 'b'])
  await applyTopics(log, wanted, perPlatform, 3)
  const { topics, problems, risks } = await planTopics(log, wanted)
  expect(topics.map(({ topic }) => topic)).toEqual([
    'reports.a',
    'reports.b',
    'known-hashes',
    'hits',
    'reports.dlq',
  ])
  for (const { config } of topics) expect(config).toMatchObject({ [IN_SYNC]: '2', [UNCLEAN]: 'false' })
  expect(problems).toEqual([])
  expect(risks).toEqual([])
})

test.each([1, 2])(
  'topics with %i replica(s) take records as long as one of them is there',
  async (factor) => {
    const { log, problems } = await changed(factor, {})
    for (const { config } of await log.describe(['reports', 'known-hashes', 'hits', 'reports.dlq']))
      expect(config).toMatchObject({ [IN_SYNC]: '1', [UNCLEAN]: 'false' })
    expect(problems).toEqual([])
  },
)

test('known hashes with the times of their writers are to be mended for sharing, and a matcher starts all the same', async () => {
  const { log } = await changed(1, {})
  const wanted = wantedTopics(shared, 3)
  // As the version before made the topic.
  const config = { 'message.timestamp.type': 'CreateTime' }
  await log.alterTopic({ topic: 'known-hashes', partitions: 1, config })
  const plan = await planTopics(log, wanted)
  expect(plan.problems).toMatchObject([{ topic: 'known-hashes', isFixable: true }])
  expect(matchingProblems(plan)).toEqual([])
  await log.alterTopic({ topic: 'hits', partitions: 3, config })
  expect(matchingProblems(await planTopics(log, wanted))).toMatchObject([{ topic: 'hits' }])
  await applyTopics(log, wanted, shared, 1)
  expect((await planTopics(log, wanted)).problems).toEqual([])
})

test('a setting that has a bound is named with it, not as if it had to be equal', async () => {
  const { problems } = await changed(1, { 'retention.ms': '-1' })
  expect(problems).toEqual([
    expect.stringMatching(/^hits: retention\.ms is -1 and must be above 0 and at most \d+$/),
  ])
})

test('a topic whose acknowledged records one broker alone may have is a problem, and so is an unclean election', async () => {
  const { log, problems } = await changed(3, { [IN_SYNC]: '1', [UNCLEAN]: 'true' })
  expect(problems).toEqual([
    'hits: min.insync.replicas is 1 and must be 2: Kafka would acknowledge records that one broker alone has',
    'hits: unclean.leader.election.enable is true and must be false: a replica that lacks acknowledged records could become the leader',
  ])
  const wanted = wantedTopics(shared, 3)
  await applyTopics(log, wanted, shared, 3)
  expect((await planTopics(log, wanted)).problems).toEqual([])
})

test('a topic that asks for more replicas than it has is a problem: Kafka would refuse every record', async () => {
  expect((await changed(1, { [IN_SYNC]: '2' })).problems).toEqual([
    'hits: min.insync.replicas is 2 and must be 1: with one replica, Kafka refuses every record unless it has eligible leader replicas (KIP-966)',
  ])
})

test('a topic that asks for more replicas than it must is left as it is', async () => {
  expect((await changed(3, { [IN_SYNC]: '3' })).problems).toEqual([])
  expect((await changed(2, { [IN_SYNC]: '2' })).problems).toEqual([])
})

test('what one replica risks is said once for all topics, the first five of them by name', async () => {
  const log = new MemoryLog()
  const platforms = ['a', 'b', 'c', 'd', 'e']
  await applyTopics(log, wantedTopics(perPlatform, 3, platforms), perPlatform, 1)
  const { risks } = await planTopics(log, wantedTopics(perPlatform, 3, platforms))
  expect(risks.length).toBe(1)
  expect(risks[0]).toMatch(
    /^reports\.a, reports\.b, reports\.c, reports\.d, reports\.e and 3 more: replication factor 1\. .*lost/,
  )
})

test('fixing one setting of a topic leaves the shorter retention that its operator chose', async () => {
  const { log } = await changed(1, { 'retention.ms': '3600000', 'cleanup.policy': 'compact' })
  await applyTopics(log, wantedTopics(shared, 3), shared, 1)
  const [hits] = await log.describe(['hits'])
  expect(hits.config).toMatchObject({ 'cleanup.policy': 'delete', 'retention.ms': '3600000' })
})

const review = { decisions: 'decisions', outcomes: 'outcomes', auditCheckpoints: 'audit-checkpoints' }
const TEN_YEARS_MS = 3_653 * 86_400_000

test('the topics of the review service are kept for ten years, and checkpoints have one partition', async () => {
  const log = new MemoryLog()
  const wanted = [...wantedTopics(shared, 3), ...reviewTopics(review, 3)]
  await applyTopics(log, wanted, shared, 3)
  const made = await log.describe(Object.values(review))
  expect(made.map(({ topic, partitions }) => [topic, partitions])).toEqual([
    ['decisions', 3],
    ['outcomes', 3],
    ['audit-checkpoints', 1],
  ])
  for (const { config } of made)
    expect(config).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': String(TEN_YEARS_MS),
      'message.timestamp.type': 'LogAppendTime',
    })
  expect((await planTopics(log, wanted)).problems).toEqual([])
})

test('checkpoints may be kept for ever and not for less than ten years, decisions for less and not for ever', async () => {
  const log = new MemoryLog()
  const wanted = reviewTopics(review, 3)
  await applyTopics(log, [...wantedTopics(shared, 1), ...wanted], shared, 1)
  const problemsWith = async (retention: string): Promise<readonly string[]> => {
    for (const topic of ['decisions', 'audit-checkpoints'])
      await log.alterTopic({ topic, partitions: 1, config: { 'retention.ms': retention } })
    return (await planTopics(log, wanted)).problems.map(({ topic }) => topic)
  }
  expect(await problemsWith('-1')).toEqual(['decisions'])
  expect(await problemsWith(String(TEN_YEARS_MS - 1))).toEqual(['audit-checkpoints'])
})

test('a topic of the review service is no platform’s, whatever it is named', () => {
  const names = { ...perPlatform, ...review, decisions: 'reports.decisions' }
  expect(isReportTopic(names, 'reports.decisions')).toBe(false)
  expect(isReportTopic(names, 'reports.other')).toBe(true)
})

test('the topic of statuses is kept for an hour, in segments that Kafka can drop by then', async () => {
  const log = new MemoryLog()
  const wanted = [...wantedTopics(shared, 3), statusTopic('status')]
  await applyTopics(log, wanted, shared, 1)
  const [{ partitions, config }] = await log.describe(['status'])
  expect(partitions).toBe(1)
  expect(config).toMatchObject({
    'cleanup.policy': 'delete',
    'retention.ms': '3600000',
    'segment.ms': '600000',
  })
  await log.alterTopic({ topic: 'status', partitions: 1, config: { 'retention.ms': '604800000' } })
  expect((await planTopics(log, wanted)).problems.map(({ topic }) => topic)).toEqual(['status'])
})

test('the topic of lists is compacted, in one partition', async () => {
  const log = new MemoryLog()
  const wanted = [...wantedTopics(shared, 3), listsTopic('lists')]
  await applyTopics(log, wanted, shared, 3)
  expect(await log.describe(['lists'])).toMatchObject([
    { partitions: 1, config: { 'cleanup.policy': 'compact' } },
  ])
  expect((await planTopics(log, wanted)).problems).toEqual([])
})
